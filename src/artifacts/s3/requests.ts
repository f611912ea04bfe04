/**
 * Requests to one bucket: addressed, signed, tried again, and their errors understood. Credentials that have run out are
 * fetched anew once; the region of a bucket is learned from the store where it was not said.
 */
import type { Clock } from '../../clock.ts';
import type { StoreAnswer, StoreConnection, StoreRequest } from '../../outbound/store/connection.ts';
import { ArtifactError } from '../artifact-error.ts';
import type { AwsCredentials } from '../credentials/aws-facts.ts';
import type { Kept } from '../credentials/kept.ts';
import { retrying, Transient, waitOf } from '../retry.ts';
import type { Content } from '../store/content.ts';
import { EMPTY_SHA256, encoded, encodedKey, signed } from './sigv4.ts';
import { textIn } from './xml.ts';

export interface S3Settings {
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  /** Of another store than Amazon's; the bucket is the first part of its paths. */
  readonly endpoint: URL | undefined;
  readonly region: string;
  readonly credentials: Kept<AwsCredentials>;
  readonly connection: StoreConnection;
  readonly clock: Clock;
  readonly attempts: number;
  /** Wall clock, for signatures. */
  readonly now: () => Date;
}

export interface S3Request {
  readonly method: StoreRequest['method'];
  /** Undefined: the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Content;
  /** Of the content: from this byte, up to that one. `sha256` is then of this part. */
  readonly part?: { readonly from: number; readonly to: number; readonly sha256: string };
  /** Statuses beside 2xx that are answers. */
  readonly takes?: readonly number[];
  /** Whether the text of an answer with status 200 is an error all the same, as long requests have it. */
  readonly fails?: (text: string) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Codes of credentials that were valid before. */
const RUN_OUT = new Set(['ExpiredToken', 'ExpiredTokenException', 'InvalidToken', 'TokenRefreshRequired']);
const BUSY = new Set([
  'SlowDown',
  'InternalError',
  'RequestTimeout',
  'ServiceUnavailable',
  'OperationAborted',
  'ConditionalRequestConflict',
]);

const REMEDIES: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'it does not know this access key',
  SignatureDoesNotMatch:
    'the secret access key is another one, or the endpoint is behind something that changes requests',
  AccessDenied: 'the credentials may not do this',
  RequestTimeTooSkewed: 'the clock of this machine is wrong',
  ExpiredToken: 'the credentials have expired',
  InvalidToken: 'the session token is not valid',
  NoSuchBucket: 'there is no such bucket',
};

export class S3Requests {
  readonly bucket: string;
  readonly #settings: S3Settings;
  readonly #address: string;
  #region: string;

  constructor(settings: S3Settings, address: string) {
    this.bucket = settings.bucket;
    this.#settings = settings;
    this.#address = address;
    this.#region = settings.region;
  }

  prefixed(key: string): string {
    return `${this.#settings.prefix}${key}`;
  }

  /** The answer, whose body is still to be read unless `fails` is asked. @throws ArtifactError */
  send(request: S3Request): Promise<StoreAnswer> {
    const { clock, attempts, credentials } = this.#settings;
    let renewed = false;
    return retrying({ clock, attempts }, request.signal, async () => {
      const answer = await this.#attempt(request);
      const { status } = answer;
      if ((status >= 200 && status < 300) || request.takes?.includes(status) === true) {
        if (request.fails === undefined || status !== 200) return answer;
        const text = await answer.text();
        if (!request.fails(text)) return answer;
        throw this.#error(request, answer, text);
      }
      const text = await answer.text();
      const code = textIn(text, 'Code');
      if (code !== undefined && RUN_OUT.has(code) && !renewed && credentials.canRenew) {
        renewed = true;
        credentials.renew();
        throw new Transient(`${this.#address}: the credentials have expired`, 0);
      }
      throw this.#error(request, answer, text);
    });
  }

  /** Nothing, for an answer 404 of an object. @throws ArtifactError when it is the bucket that is not there */
  async noObject(answer: StoreAnswer): Promise<undefined> {
    const text = await answer.text();
    if (textIn(text, 'Code') === 'NoSuchBucket') throw this.#error({ method: 'GET' }, answer, text);
    return undefined;
  }

  async close(): Promise<void> {
    await this.#settings.connection.close();
  }

  async #attempt({ method, key, query, headers, content, part, signal }: S3Request): Promise<StoreAnswer> {
    const { credentials, connection, now } = this.#settings;
    const url = this.#url(key, query);
    const bytes = part === undefined ? content?.bytes : part.to - part.from;
    const toSign = {
      method,
      url,
      headers: { ...headers, ...(bytes !== undefined && { 'content-length': String(bytes) }) },
      bodySha256: part?.sha256 ?? content?.sha256 ?? EMPTY_SHA256,
    };
    const signedHeaders = signed(toSign, await credentials.get(signal), this.#region, 's3', now());
    const body = content?.open(part?.from, part?.to);
    try {
      return await connection.request({ method, url, headers: signedHeaders, body, signal });
    } catch (error) {
      body?.destroy();
      throw error;
    }
  }

  #url(key: string | undefined, query: Readonly<Record<string, string>> = {}): URL {
    const { bucket, endpoint } = this.#settings;
    const suffix = this.#region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    // A certificate for *.s3.… does not hold for a bucket with a dot.
    const isHost = endpoint === undefined && !bucket.includes('.');
    const host = `https://${isHost ? `${bucket}.` : ''}s3.${this.#region}.${suffix}`;
    const base = (endpoint?.href ?? host).replace(/\/$/, '');
    const path = key === undefined ? '' : encodedKey(this.prefixed(key));
    const pairs = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
    const search = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
    return new URL(`${base}${isHost ? '' : `/${encoded(bucket)}`}/${path}${search}`);
  }

  #error(request: S3Request, answer: StoreAnswer, text: string): Error {
    const { status } = answer;
    const code = textIn(text, 'Code') ?? CODES[status] ?? `status ${status}`;
    const region = answer.header('x-amz-bucket-region') ?? textIn(text, 'Region');
    if (isRegion(region) && region !== this.#region && [301, 307, 400].includes(status)) {
      this.#region = region;
      return new Transient(`${this.#address} is in the region ${region}`, 0);
    }
    const what = request.key === undefined ? this.#address : `${this.#address}: ${request.key}`;
    if (BUSY.has(code) || status === 429 || status >= 500) {
      return new Transient(`${what}: the store is busy (${code})`, waitOf(answer.header('retry-after')));
    }
    if (status === 412)
      return new ArtifactError('changed', `${what} was written by somebody else meanwhile.`);
    const fault = status === 404 ? 'missing' : status === 403 || RUN_OUT.has(code) ? 'refused' : 'invalid';
    const remedy = REMEDIES[code];
    return new ArtifactError(
      fault,
      `${what}: the store answers ${code}${remedy === undefined ? '' : `: ${remedy}`}.`,
    );
  }
}

/** An answer to HEAD has no text. */
const CODES: Readonly<Record<number, string>> = { 403: 'AccessDenied', 404: 'NoSuchKey' };

const isRegion = (text: string | undefined): text is string =>
  text !== undefined && /^[a-z]{2}(-[a-z]+)+-\d$/.test(text);
