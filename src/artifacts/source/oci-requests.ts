/**
 * Requests to one repository of a registry of images. Who we are comes from the files that container tools write
 * (`docker login`); a registry that hands out tokens is asked for one, with the credentials going to nobody but its own
 * token service over TLS, or on this machine. Redirects of downloads are followed without them.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../../clock.ts';
import type { StoreAnswer, StoreConnection, StoreRequest } from '../../outbound/store/connection.ts';
import { ArtifactError } from '../artifact-error.ts';
import { setIn, type Environment } from '../credentials/environment.ts';
import { objectIn } from '../json-object.ts';
import { retrying, Transient, waitOf } from '../retry.ts';

export interface OciSettings {
  /** https://host:port */
  readonly origin: string;
  readonly repository: string;
  readonly env: Environment;
  readonly connection: StoreConnection;
  readonly clock: Clock;
  readonly attempts: number;
}

export interface OciRequest {
  readonly method: StoreRequest['method'];
  /** Below `/v2/<repository>/`, or an absolute address that the registry has named. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly bytes: number; readonly open: () => Readable | Uint8Array };
  /** Statuses beside 2xx that are answers. */
  readonly takes?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const ANSWER_BYTES = 256 * 1024;

export class OciRequests {
  readonly #settings: OciSettings;
  readonly #address: string;
  #authorization: string | undefined;

  constructor(settings: OciSettings, address: string) {
    this.#settings = settings;
    this.#address = address;
  }

  /** The answer, whose body is still to be read. @throws ArtifactError */
  send(request: OciRequest): Promise<StoreAnswer> {
    const { clock, attempts } = this.#settings;
    let asked = false;
    return retrying({ clock, attempts }, request.signal, async () => {
      const answer = await this.#attempt(request);
      const { status } = answer;
      if ((status >= 200 && status < 300) || request.takes?.includes(status) === true) return answer;
      await answer.dismiss();
      const challenge = answer.header('www-authenticate');
      if (status === 401 && !asked && challenge !== undefined) {
        asked = true;
        this.#authorization = await this.#authorized(challenge, request.signal);
        throw new Transient(`${this.#address}: it asks who we are`, 0);
      }
      throw this.#error(answer);
    });
  }

  async close(): Promise<void> {
    await this.#settings.connection.close();
  }

  async #attempt({ method, path, headers, body, signal }: OciRequest): Promise<StoreAnswer> {
    const { origin, repository, connection } = this.#settings;
    let url = new URL(path, `${origin}/v2/${repository}/`);
    for (let redirects = 0; ; redirects++) {
      const isOwn = url.origin === origin;
      const content = body?.open();
      const answer = await connection.request({
        method,
        url,
        headers: {
          ...headers,
          ...(isOwn && this.#authorization !== undefined && { authorization: this.#authorization }),
          ...(body !== undefined && { 'content-length': String(body.bytes) }),
        },
        body: content,
        signal,
      });
      const location = answer.header('location');
      if (method !== 'GET' || !REDIRECTS.has(answer.status) || location === undefined) return answer;
      await answer.dismiss();
      const next = URL.parse(location, url.href);
      if (
        next === null ||
        redirects === MAX_REDIRECTS ||
        (url.protocol === 'https:' && next.protocol !== 'https:')
      )
        throw new ArtifactError(
          'refused',
          `${this.#address}: the registry redirects to where it is not followed.`,
        );
      url = next;
    }
  }

  async #authorized(challenge: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { origin, env, connection } = this.#settings;
    const basic = await basicCredentials(env, new URL(origin).host);
    const [scheme = ''] = challenge.split(' ');
    if (scheme.toLowerCase() === 'basic') return basic;
    const parameters = new Map(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    );
    const realm = URL.parse(parameters.get('realm') ?? '');
    if (realm === null) return basic;
    for (const name of ['service', 'scope']) {
      const value = parameters.get(name);
      if (value !== undefined) realm.searchParams.set(name, value);
    }
    const isSafe = realm.protocol === 'https:' || new URL(origin).protocol === 'http:';
    const headers: Record<string, string> = isSafe && basic !== undefined ? { authorization: basic } : {};
    const answer = await connection.request({ method: 'GET', url: realm, headers, signal });
    const { token, access_token: other } = objectIn(await answer.text(ANSWER_BYTES));
    const given = token ?? other;
    if (answer.status === 200 && typeof given === 'string') return `Bearer ${given}`;
    throw new ArtifactError(
      'refused',
      `${this.#address}: ${realm.host} gives no token (status ${answer.status}).`,
    );
  }

  #error(answer: StoreAnswer): Error {
    const { status } = answer;
    if (status === 429 || status === 408 || status >= 500)
      return new Transient(
        `${this.#address}: the registry is busy (${status})`,
        waitOf(answer.header('retry-after')),
      );
    if (status === 404)
      return new ArtifactError(
        'missing',
        `${this.#address}: the registry has no such repository, tag or file.`,
      );
    if (status === 401 || status === 403)
      return new ArtifactError(
        'refused',
        `${this.#address}: the registry answers ${status}: log in with \`docker login\` or \`skopeo login\`, whose file is read.`,
      );
    return new ArtifactError('invalid', `${this.#address}: the registry answers ${status}.`);
  }
}

/** `Basic …` for a host, as `docker login`, `podman login` or `skopeo login` have written it down; undefined: nowhere. */
async function basicCredentials(env: Environment, host: string): Promise<string | undefined> {
  const home = setIn(env, 'HOME') ?? homedir();
  const docker = setIn(env, 'DOCKER_CONFIG');
  const files = [
    setIn(env, 'REGISTRY_AUTH_FILE'),
    setIn(env, 'XDG_RUNTIME_DIR') && join(setIn(env, 'XDG_RUNTIME_DIR')!, 'containers/auth.json'),
    join(docker ?? join(home, '.docker'), 'config.json'),
  ];
  for (const file of files) {
    if (file === undefined) continue;
    const { auths } = objectIn(await readFile(file, 'utf8').catch(() => ''));
    const entries = Object.entries((auths ?? {}) as Record<string, unknown>);
    const [, entry] = entries.find(([name]) => name.replace(/^https?:\/\//, '').split('/')[0] === host) ?? [];
    const { auth } = (entry ?? {}) as { auth?: unknown };
    if (typeof auth === 'string') return `Basic ${auth}`;
  }
  return undefined;
}
