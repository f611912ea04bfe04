/** What the options of authentication mean together. Pure. */
import type { Config } from './schema.ts';

type Asking = Pick<Config, 'apiKeysFile' | 'jwtJwks' | 'tlsClientCaFile'>;

type Options = Pick<
  Config,
  'host' | keyof Asking | 'jwtIssuer' | 'jwtAudience' | 'openRoutes' | 'unauthenticated'
>;

/** Whether callers are asked who they are. */
export const authenticates = (config: Asking): boolean =>
  [config.apiKeysFile, config.jwtJwks, config.tlsClientCaFile].some((one) => one !== undefined);

/** Whether a server at that address is reached from its own machine only. */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

/** Whether anyone on the network may use the server. */
export const isOpenToNetwork = (config: Asking & Pick<Config, 'host'>): boolean =>
  !authenticates(config) && !isLoopbackHost(config.host);

export const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

/** Sentences; each makes the configuration wrong. */
export function faultsOfAuthentication(config: Options): string[] {
  const { jwtJwks, jwtIssuer, jwtAudience, openRoutes, unauthenticated } = config;
  const faults: string[] = [];
  const claims = [
    ['jwtIssuer', jwtIssuer !== undefined, 'any issuer that the key set knows'],
    ['jwtAudience', jwtAudience.length > 0, 'tokens that were made for other services'],
  ] as const;
  for (const [name, given, taken] of claims) {
    if (jwtJwks !== undefined && !given) {
      faults.push(`${name}: it is needed with jwtJwks, or the server would take tokens of ${taken}.`);
    } else if (jwtJwks === undefined && given) {
      faults.push(
        `${name}: it does nothing without jwtJwks, the keys of the issuer, so that no token would be asked for.`,
      );
    }
  }
  if (jwtJwks !== undefined && isUrl(jwtJwks) && !URL.canParse(jwtJwks)) {
    faults.push('jwtJwks: it begins like a URL and is none.');
  }
  if (openRoutes.includes('none') && openRoutes.length > 1) {
    faults.push('openRoutes: none stands alone.');
  }
  if (unauthenticated === 'refuse' && isOpenToNetwork(config)) {
    faults.push(
      `host: ${config.host} can be reached from other machines, and nobody is asked who they are, which unauthenticated refuse does not allow. Set apiKeysFile, jwtJwks or tlsClientCaFile.`,
    );
  }
  return faults;
}

/** Sentences for the log. */
export function doubtsOfAuthentication({ jwtJwks }: Pick<Config, 'jwtJwks'>): string[] {
  if (jwtJwks === undefined || !/^http:/i.test(jwtJwks) || !URL.canParse(jwtJwks)) return [];
  if (isLoopbackHost(new URL(jwtJwks).hostname.replaceAll(/[[\]]/g, ''))) return [];
  return ['jwtJwks is read over http: whoever can change what is on the way can make tokens. Use https.'];
}
