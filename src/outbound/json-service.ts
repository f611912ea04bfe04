/**
 * A service that the operator has named, asked with JSON over connections that are kept. The address may be private, since
 * no client chooses it; answers are bounded, no redirect is followed, and nothing of a request's head goes with a call.
 */
import type { Pool } from 'undici';
import { VERSION } from '../version.ts';
import { readBounded } from './own-connection.ts';

/** Connections at the same time. */
const CONNECTIONS = 4;
/** A connection that nobody uses for so long is closed, in milliseconds. */
const IDLE_MS = 30_000;
/** Longest time that a connection may take to be made. */
const CONNECT_MS = 2000;

export interface JsonAnswer {
  readonly status: number;
  /** Empty unless the status is 200. */
  readonly bytes: Uint8Array;
}

export interface CallLimits {
  readonly maxBytes: number;
  /** Ends the call; the connection is not used again. */
  readonly signal: AbortSignal;
}

export class JsonService {
  readonly #url: URL;
  readonly #token: string | undefined;
  #pool: Promise<Pool> | undefined;

  /** `url`: ends with a slash. `token`: sent as `Authorization: Bearer …`. */
  constructor(url: URL, token: string | undefined) {
    this.#url = url;
    this.#token = token;
  }

  /** Posts JSON to a path below the address. @throws Error whose message names no path, query or secret */
  async post(path: string, body: string, { maxBytes, signal }: CallLimits): Promise<JsonAnswer> {
    this.#pool ??= this.#open();
    const pool = await this.#pool;
    const answer = await pool.request({
      method: 'POST',
      path: `${this.#url.pathname}${path}`,
      headers: {
        'user-agent': `ortolan/${VERSION}`,
        'content-type': 'application/json',
        accept: 'application/json',
        // The limit is counted in bytes as they arrive.
        'accept-encoding': 'identity',
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
      },
      body,
      signal,
    });
    const tooLong = (): Error => new Error(`it has sent more than ${maxBytes} bytes`);
    const bytes = await readBounded(answer.body, maxBytes, tooLong);
    return { status: answer.statusCode, bytes: answer.statusCode === 200 ? bytes : new Uint8Array() };
  }

  /** Ends the calls that are out. */
  async close(): Promise<void> {
    await (await this.#pool)?.destroy();
  }

  async #open(): Promise<Pool> {
    // Imported on first use: it takes 70 ms and several MB.
    const { Pool: Connections } = await import('undici');
    return new Connections(this.#url.origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      allowH2: false,
      autoSelectFamily: true,
      keepAliveTimeout: IDLE_MS,
      // A signal ends a request, and not the connection that is being made for it.
      connectTimeout: CONNECT_MS,
      // The signal is the only other time limit.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
}
