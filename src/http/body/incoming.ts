/**
 * The body of a request as it arrives. uWebSockets.js gives its chunks to a function that has to be there when the route
 * handler returns: for a handler that has to wait first, they are kept.
 */
import type { HttpResponse } from '../addon/uws.ts';

/** Receives a chunk, which it must copy: it is detached afterwards. */
export type TakeChunk = (chunk: ArrayBuffer, isLast: boolean) => void;

export class IncomingBody {
  readonly #response: HttpResponse;
  readonly #received: TakeChunk;
  /** What has arrived of a body that nobody reads yet; undefined: nothing is kept. */
  #held: [chunk: ArrayBuffer, isLast: boolean][] | undefined;
  #take: TakeChunk | undefined;

  /** `received` is told of every chunk, before it is taken or kept. */
  constructor(response: HttpResponse, received: TakeChunk) {
    this.#response = response;
    this.#received = received;
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

  /** There is an answer: what is still to come is thrown away. Called while the response may still be used. */
  discard(): void {
    if (this.#held === undefined) return;
    this.#held = undefined;
    this.#take = undefined;
    this.#response.resume();
  }

  #listen(): void {
    this.#response.onData((chunk, isLast) => {
      this.#received(chunk, isLast);
      this.#take?.(chunk, isLast);
    });
  }
}
