/** What knows the callers: API keys, tokens and certificates, as the options say. */
import type { Clock } from '../clock.ts';
import { isUrl } from '../config/authentication.ts';
import type { Config } from '../config/schema.ts';
import { readKeyFile } from '../config/secrets/key-file.ts';
import { FileWatch } from '../disk/file-watch.ts';
import { KeysAndTokens } from '../guard/authentication.ts';
import { CertificateRequired, ClientCertificates } from '../guard/certificate.ts';
import type { Authentication } from '../guard/guard.ts';
import { LiveKeys } from '../guard/keys/live-keys.ts';
import { KeptSet } from '../guard/token/kept-set.ts';
import { openTokens, type LiveTokens } from '../guard/token/live-tokens.ts';
import type { Access } from '../http/route-facts.ts';
import { fetchDocument } from '../outbound/document.ts';
import type { AuthenticationEvents } from '../telemetry/events/clients/authentication.ts';

export interface OpenAuthentication {
  /** Undefined: nobody is asked who they are. */
  readonly authentication: Authentication | undefined;
  readonly openRoutes: ReadonlySet<Access>;
  /** Of the key set of the issuer of tokens; undefined: there is none. */
  readonly keySetAgeMs: number | undefined;
  close(): void;
}

const MAX_KEY_SET_BYTES = 1024 * 1024;
const FETCH_TIMEOUT_MS = 5000;

const now = (): number => Date.now();

/** @throws KeyFileError when a file cannot be used */
export async function openCredentials(
  config: Config,
  openRoutes: OpenAuthentication['openRoutes'],
  clock: Clock,
  events: AuthenticationEvents,
): Promise<OpenAuthentication> {
  const { apiKeysFile: file } = config;
  const keys = file === undefined ? undefined : new LiveKeys({ file, clock, now, events });
  let tokens: Closable | undefined;
  try {
    tokens = await tokensOf(config, clock, events);
  } catch (error) {
    keys?.close();
    throw error;
  }
  const { verifier, keys: keySet } = tokens?.tokens ?? {};
  const certificates =
    config.tlsClientCaFile === undefined
      ? undefined
      : new ClientCertificates({ scopes: config.tlsClientScopes, now });
  const credentials = new KeysAndTokens({
    keys,
    tokens: verifier,
    certificate: certificates && ((exchange) => certificates.callerOf(exchange)),
    now,
    checked: (kind, outcome) => events.checked(kind, outcome),
  });
  return {
    authentication:
      certificates === undefined ? credentials : new CertificateRequired(certificates, credentials),
    // Where each client has to show a certificate, only probes need none.
    openRoutes: certificates === undefined ? openRoutes : new Set(),
    get keySetAgeMs() {
      return keySet?.ageMs;
    },
    close() {
      keys?.close();
      tokens?.close();
    },
  };
}

interface Closable {
  readonly tokens: LiveTokens;
  close(): void;
}

async function tokensOf(
  config: Config,
  clock: Clock,
  events: AuthenticationEvents,
): Promise<Closable | undefined> {
  const { jwtJwks: from, jwtIssuer: issuer } = config;
  if (from === undefined || issuer === undefined) return undefined;
  const rules = {
    issuer,
    audiences: config.jwtAudience,
    algorithms: config.jwtAlgorithms,
    toleranceMs: config.jwtToleranceMs,
  };
  const shared = { rules, clock, now, events };
  if (isUrl(from)) {
    const url = new URL(from);
    const tokens = await openTokens({
      ...shared,
      readText: (signal) =>
        fetchDocument(url, { maxBytes: MAX_KEY_SET_BYTES, timeoutMs: FETCH_TIMEOUT_MS, signal }),
      from: url.host,
      refreshMs: config.jwtRefreshMs,
      kept: new KeptSet(config.cacheDir, url.href),
    });
    return { tokens, close: () => tokens.keys.close() };
  }
  const read = (): string => readKeyFile(from, 'public', MAX_KEY_SET_BYTES).toString('utf8');
  // A mistake in a file is the operator's own, and there is nobody to wait for.
  read();
  let changed = (): void => undefined;
  const watch = new FileWatch({ files: [from], clock, onChange: () => changed() });
  const tokens = await openTokens({
    ...shared,
    readText: () => Promise.resolve().then(read),
    from,
    refreshMs: undefined,
    kept: undefined,
  });
  changed = () => void tokens.keys.read();
  return {
    tokens,
    close() {
      watch.stop();
      tokens.keys.close();
    },
  };
}
