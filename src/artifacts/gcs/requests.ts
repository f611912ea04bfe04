/** Requests to one bucket of Google Cloud Storage: addressed, with a token, tried again, and their errors understood. */
import type { Readable } from 'node:stream';
import type { Clock } from '../../clock.ts';
import type { StoreAnswer, StoreConnection, StoreRequest } from '../../outbound/store/connection.ts';
import { ArtifactError } from '../artifact-error.ts';
import { objectIn } from '../json-object.ts';
import type { GoogleToken } from '../credentials/google.ts';
import type { Kept } from '../credentials/kept.ts';
import { retrying, Transient, waitOf } from '../retry.ts';
import { encoded } from '../s3/sigv4.ts';

export interface GcsSettings {
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  /** Of an emulator, or another way to Google. */
  readonly endpoint: URL | undefined;
  readonly credentials: Kept<GoogleToken>;
  readonly connection: StoreConnection;
  readonly clock: Clock;
  readonly attempts: number;
}

export interface GcsRequest {
  readonly method: StoreRequest['method'];
  /** Encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly bytes: number; readonly open: () => Readable };
  /** Statuses beside 2xx that are answers. */
  readonly takes?: readonly number[];
  /** What it is about, for errors. */
  readonly what?: string;
  readonly signal?: AbortSignal | undefined;
}

const HOST = 'https://storage.googleapis.com';

export class GcsRequests {
  /** Encoded. */
  readonly bucket: string;
  readonly #settings: GcsSettings;
  readonly #address: string;

  constructor(settings: GcsSettings, address: string) {
    this.bucket = encoded(settings.bucket);
    this.#settings = settings;
    this.#address = address;
  }

  prefixed(key: string): string {
    return `${this.#settings.prefix}${key}`;
  }

  /** Of an object: its key is one part of the path. */
  pathOf(key: string): string {
    return `/storage/v1/b/${this.bucket}/o/${encoded(this.prefixed(key))}`;
  }

  /** The answer, whose body is still to be read. @throws ArtifactError */
  send(request: GcsRequest): Promise<StoreAnswer> {
    const { clock, attempts, credentials } = this.#settings;
    let renewed = false;
    return retrying({ clock, attempts }, request.signal, async () => {
      const answer = await this.#attempt(request);
      const { status } = answer;
      if ((status >= 200 && status < 300) || request.takes?.includes(status) === true) return answer;
      const reason = reasonIn(await answer.text());
      if (status === 401 && !renewed && credentials.canRenew) {
        renewed = true;
        credentials.renew();
        throw new Transient(`${this.#address}: the token has expired`, 0);
      }
      throw this.#error(request.what, answer, reason);
    });
  }

  /** Nothing, for an answer 404 of an object. @throws ArtifactError when it is the bucket that is not there */
  async noObject(answer: StoreAnswer): Promise<undefined> {
    const text = await answer.text();
    if (/bucket does not exist/i.test(text)) throw this.#error(undefined, answer, 'there is no such bucket');
    return undefined;
  }

  async close(): Promise<void> {
    await this.#settings.connection.close();
  }

  async #attempt({ method, path, query = {}, headers, body, signal }: GcsRequest): Promise<StoreAnswer> {
    const { endpoint, credentials, connection } = this.#settings;
    const { token } = await credentials.get(signal);
    const pairs = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
    const base = (endpoint?.href ?? HOST).replace(/\/$/, '');
    const url = new URL(`${base}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`);
    const stream = body?.open();
    try {
      return await connection.request({
        method,
        url,
        headers: {
          ...headers,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-length': String(body.bytes) }),
        },
        body: stream,
        signal,
      });
    } catch (error) {
      stream?.destroy();
      throw error;
    }
  }

  #error(about: string | undefined, answer: StoreAnswer, reason: string | undefined): Error {
    const { status } = answer;
    const what = about === undefined ? this.#address : `${this.#address}: ${about}`;
    const said = reason === undefined ? `status ${status}` : `${status}, ${reason}`;
    if (status === 429 || status === 408 || status >= 500) {
      return new Transient(`${what}: the store is busy (${said})`, waitOf(answer.header('retry-after')));
    }
    if (status === 412)
      return new ArtifactError('changed', `${what} was written by somebody else meanwhile.`);
    const fault = status === 404 ? 'missing' : status === 401 || status === 403 ? 'refused' : 'invalid';
    return new ArtifactError(fault, `${what}: the store answers ${said}.`);
  }
}

/** The machine's word for what is wrong: the sentence beside it may name accounts. */
function reasonIn(text: string): string | undefined {
  const { error } = objectIn(text);
  const { errors } = (typeof error === 'object' && error !== null ? error : {}) as { errors?: unknown };
  const [first] = Array.isArray(errors) ? (errors as { reason?: unknown }[]) : [];
  return typeof first?.reason === 'string' ? first.reason : undefined;
}
