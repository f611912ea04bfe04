/**
 * One budget of bytes for the bodies of all open requests. A body reserves its Content-Length before it is read, or grows
 * with its chunks, and releases everything once.
 */
import { ServingError } from '../errors.ts';

export class ByteBudget {
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** Returns a permit for `bytes` bytes. @throws ServingError OVERLOADED when they do not fit now */
  reserve(bytes: number): Permit {
    const permit = new Permit(this);
    permit.demand(bytes);
    return permit;
  }

  /** For permits only: takes bytes, or releases them if negative. Returns false when they do not fit. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.limit) return false;
    this.#used += bytes;
    return true;
  }
}

/** The bytes of the budget that one request holds. */
export class Permit {
  readonly #budget: ByteBudget;
  #bytes = 0;
  #released = false;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Takes more bytes; returns false, and takes none, when they do not fit or the permit was released. */
  grow(bytes: number): boolean {
    if (this.#released || !this.#budget.take(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Takes more bytes. @throws ServingError OVERLOADED when grow() returns false */
  demand(bytes: number): void {
    if (this.grow(bytes)) return;
    throw new ServingError('OVERLOADED', 'The server has no room for more request bodies at the moment.');
  }

  /** Releases all its bytes; does nothing when called again. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#budget.take(-this.#bytes);
  }
}
