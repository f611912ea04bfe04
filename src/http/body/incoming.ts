/**
 * The body of a request as it arrives. uWebSockets.js gives its chunks to a function that has to be there when the route
 * handler returns: for a handler that has to wait first, they are kept.
 *
 * What is left of a body when its request is answered is received and thrown away: a connection that is closed with bytes
 * unread is reset, and the client, if it writes all before it reads, never sees the answer.
 */
import type { Clock } from '../../clock.ts';
import type { HttpResponse } from '../addon/uws.ts';

/** Receives a chunk, which it must copy: it is detached afterwards. */
export type TakeChunk = (chunk: ArrayBuffer, isLast: boolean) => void;

/**
 * Most bytes that are thrown away, the default of maxBodyBytes: of 100 clients that were refused in the middle of 20 MiB,
 * and had their connection closed, 65 did not receive the answer.
 */
const DISCARDED_BYTES = 20 * 1024 * 1024;
/** A client that pauses for this long is likely to wait for its answer. */
const QUIET_MS = 500;
/** Longest that the answer waits for the rest of a chunked body. */
const DISCARDED_MS = 10_000;

export class IncomingBody {
  readonly #response: HttpResponse;
  readonly #declared: number | undefined;
  readonly #received: (bytes: number) => void;
  /** What has arrived of a body that nobody reads yet; undefined: nothing is kept. */
  #held: [chunk: ArrayBuffer, isLast: boolean][] | undefined;
  #take: TakeChunk | undefined;
  #listening = false;
  #pending: boolean;
  /** Bytes that were thrown away, and what to do with the next. */
  #discarded = 0;
  #onDiscarded: (() => void) | undefined;

  /** `declared`: the Content-Length; undefined of a chunked body. `received` is told of every chunk. */
  constructor(response: HttpResponse, declared: number | undefined, received: (bytes: number) => void) {
    this.#response = response;
    this.#declared = declared;
    this.#received = received;
    this.#pending = declared !== 0;
  }

  /** Whether what is left will not be thrown away, as it is too long or has no known end: the connection is closed instead. */
  get unread(): boolean {
    return this.#pending && (this.#declared ?? Infinity) > DISCARDED_BYTES;
  }

  read(take: TakeChunk): void {
    const held = this.#held;
    this.#take = take;
    if (held === undefined) return this.#listen();
    this.#held = undefined;
    for (const [chunk, isLast] of held) take(chunk, isLast);
    this.#response.resume();
  }

  /**
   * Keeps what arrives until read() is called. The connection is not read meanwhile, so that this is what has come in one
   * packet with the head, and no more.
   */
  hold(): void {
    const held = (this.#held = [] as [ArrayBuffer, boolean][]);
    this.#take = (chunk, isLast) => void held.push([chunk.slice(), isLast]);
    this.#listen();
    this.#response.pause();
  }

  /**
   * Throws away what is still to come, and calls `answer` when the answer can be sent: at once where the end of the body is
   * known, as then the connection stays open behind the answer. Else the answer waits, for so many bytes and for so long, or
   * until the client pauses. Called while the response may still be used; `answer` is not called once `gone` is true.
   */
  discard(clock: Clock, gone: () => boolean, answer: () => void): void {
    this.#take = undefined;
    if (this.#held !== undefined) {
      this.#held = undefined;
      this.#response.resume();
    }
    if (!this.#pending || this.#declared !== undefined) return answer();
    this.#listen();
    const until = clock.now() + DISCARDED_MS;
    let seen = 0;
    const end = (): void => {
      stop();
      this.#onDiscarded = undefined;
      if (!gone()) answer();
    };
    const look = (): void => {
      if (gone() || this.#discarded === seen || clock.now() >= until) return end();
      seen = this.#discarded;
      stop = clock.after(QUIET_MS, look);
    };
    let stop = clock.after(QUIET_MS, look);
    this.#onDiscarded = () => {
      if (!this.#pending || this.#discarded > DISCARDED_BYTES) end();
    };
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    this.#response.onData((chunk, isLast) => {
      if (isLast) this.#pending = false;
      this.#received(chunk.byteLength);
      if (this.#take !== undefined) return this.#take(chunk, isLast);
      this.#discarded += chunk.byteLength;
      this.#onDiscarded?.();
    });
  }
}
