/**
 * One budget of bytes for all bodies that are being read or wait for their answer. A body reserves its
 * Content-Length before a byte of it is read, or grows with its chunks, and gives everything back once.
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

  /** A permit for `bytes` bytes. @throws ServingError OVERLOADED when they do not fit now. */
  reserve(bytes: number): Permit {
    const permit = new Permit(this);
    permit.demand(bytes);
    return permit;
  }

  /** For permits alone: takes (or, with a negative number, gives back) bytes. False when they do not fit. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.limit) return false;
    this.#used += bytes;
    return true;
  }
}

/** A share of the budget that belongs to one request. */
export class Permit {
  readonly #budget: ByteBudget;
  #bytes = 0;
  #released = false;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Takes more of the budget; false, with nothing taken, when it does not fit or the permit was released. */
  grow(bytes: number): boolean {
    if (this.#released || !this.#budget.take(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** The same for a body that has nowhere to go without it. @throws ServingError OVERLOADED */
  demand(bytes: number): void {
    if (this.grow(bytes)) return;
    throw new ServingError('OVERLOADED', 'The server has no room for more request bodies at the moment.');
  }

  /** Gives everything back; the second time does nothing. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#budget.take(-this.#bytes);
  }
}
