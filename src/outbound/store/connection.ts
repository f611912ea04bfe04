/**
 * Connections to a store that the operator has named: kept from one request to the next, at most a handful, and counted.
 * Nothing is read into memory here: bodies are streams both ways. A request ends when nothing has come for a while, however
 * long it takes as a whole. No redirect is followed; what a store answers is for its driver to understand.
 */
import type { Readable } from 'node:stream';
import type { Agent, Dispatcher } from 'undici';
import { VERSION } from '../../version.ts';
import { readBounded } from '../own-connection.ts';

export interface StoreRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the length that `content-length` says. */
  readonly body?: Uint8Array | Readable | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was sent and received, without headers. */
export interface Traffic {
  readonly requests: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** No answer, or not the whole of it. The message names the host, never path or query: addresses may hold secrets. */
export class StoreUnreachable extends Error {
  override readonly name = 'StoreUnreachable';
}

/** Of one host; transfers are few and large. */
const CONNECTIONS = 8;
const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;
const KEEP_MS = 30_000;
/** Of an answer that is not a file: an error, a listing. */
const TEXT_BYTES = 16 * 1024 * 1024;

export class StoreConnection {
  readonly #silenceMs: number;
  #agent: Agent | undefined;
  #requests = 0;
  #sentBytes = 0;
  #receivedBytes = 0;

  /** `silenceMs`: longest wait for the next piece of an answer. */
  constructor(silenceMs: number = SILENCE_MS) {
    this.#silenceMs = silenceMs;
  }

  get traffic(): Traffic {
    return { requests: this.#requests, sentBytes: this.#sentBytes, receivedBytes: this.#receivedBytes };
  }

  /**
   * The answer of any status, as soon as its head is there. Read its body, or dismiss it.
   * @throws StoreUnreachable; the reason of the signal when that has aborted
   */
  async request({ method, url, headers, body, signal }: StoreRequest): Promise<StoreAnswer> {
    this.#requests++;
    this.#sentBytes += Number(headers?.['content-length'] ?? 0);
    try {
      const agent = (this.#agent ??= await this.#open());
      const answer = await agent.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers: { 'user-agent': `ortolan/${VERSION}`, 'accept-encoding': 'identity', ...headers },
        body: body ?? null,
        signal: signal ?? null,
      });
      return new StoreAnswer(answer, url, signal, (bytes) => (this.#receivedBytes += bytes));
    } catch (error) {
      throw unreachable(error, url, signal);
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await this.#agent?.destroy();
    this.#agent = undefined;
  }

  async #open(): Promise<Agent> {
    // Imported on first use: servers without a store do not load it.
    const { Agent } = await import('undici');
    return new Agent({
      connections: CONNECTIONS,
      pipelining: 1,
      connect: { timeout: CONNECT_MS },
      autoSelectFamily: true,
      allowH2: false,
      keepAliveTimeout: KEEP_MS,
      headersTimeout: this.#silenceMs,
      bodyTimeout: this.#silenceMs,
    });
  }
}

/** The head of an answer, and its body still to be read. */
export class StoreAnswer {
  readonly status: number;
  readonly #answer: Dispatcher.ResponseData;
  readonly #url: URL;
  readonly #signal: AbortSignal | undefined;
  readonly #received: (bytes: number) => void;

  constructor(
    answer: Dispatcher.ResponseData,
    url: URL,
    signal: AbortSignal | undefined,
    received: (bytes: number) => void,
  ) {
    this.status = answer.statusCode;
    this.#answer = answer;
    this.#url = url;
    this.#signal = signal;
    this.#received = received;
  }

  /** By its lower-case name; the first where there are several. */
  header(name: string): string | undefined {
    const value = this.#answer.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** @throws StoreUnreachable when it is cut off; the reason of the signal */
  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of this.#answer.body as AsyncIterable<Uint8Array>) {
        this.#received(piece.byteLength);
        yield piece;
      }
    } catch (error) {
      throw unreachable(error, this.#url, this.#signal);
    }
  }

  /** The whole body. @throws StoreUnreachable also when it is longer than `maxBytes` */
  async bytes(maxBytes: number = TEXT_BYTES): Promise<Buffer> {
    const tooLong = (): Error =>
      new StoreUnreachable(`${this.#url.host} sent more than ${maxBytes} bytes where less is due`);
    const { buffer } = await readBounded(this.pieces(), maxBytes, tooLong);
    return Buffer.from(buffer);
  }

  async text(maxBytes: number = TEXT_BYTES): Promise<string> {
    return (await this.bytes(maxBytes)).toString('utf8');
  }

  /** The body is not wanted: the connection stays usable where little is left of it. */
  async dismiss(): Promise<void> {
    await this.#answer.body.dump().catch(() => undefined);
  }
}

function unreachable(error: unknown, url: URL, signal: AbortSignal | undefined): Error {
  if (signal?.aborted === true) return signal.reason as Error;
  if (error instanceof StoreUnreachable) return error;
  const { code, message } = error as Error & { code?: string };
  return new StoreUnreachable(`${url.host}: ${REASONS[code ?? ''] ?? code ?? message}`, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ENOTFOUND: 'there is no such host (ENOTFOUND)',
  UND_ERR_CONNECT_TIMEOUT: `no connection within ${CONNECT_MS / 1000} s`,
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  UND_ERR_BODY_TIMEOUT: 'it stopped in the middle of an answer',
  UND_ERR_SOCKET: 'the connection was cut off',
};
