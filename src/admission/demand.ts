/**
 * How much work arrives, whether it is taken or refused, against what the workers can do: a mean over about the last half
 * minute that forgets exponentially, so that it needs one number and no timer. Pure but for its own memory.
 */

/** Weight of work that came this long ago is 1/e. */
const MEMORY_MS = 30_000;

/** A server this young has seen too little for a mean. */
const LEAST_MS = 1000;

export class Demand {
  /** Work that is remembered, in milliseconds, as of `#at`. */
  #workMs = 0;
  #at: number;
  readonly #since: number;

  /** `now`: when the first request may come, on the clock, in milliseconds. */
  constructor(now: number) {
    this.#since = now;
    this.#at = now;
  }

  /** A request has arrived that takes `workMs` of one worker's time. */
  add(workMs: number, now: number): void {
    this.#workMs = this.#remembered(now) + workMs;
    this.#at = now;
  }

  /** Worker time that is asked for over that which `workers` workers have; above 1 it is more than can be done. */
  saturation(workers: number, now: number): number {
    // Of a mean over less than the whole memory: what has not been cannot have been idle.
    const seenMs = MEMORY_MS * (1 - Math.exp(-Math.max(LEAST_MS, now - this.#since) / MEMORY_MS));
    return this.#remembered(now) / seenMs / Math.max(1, workers);
  }

  #remembered(now: number): number {
    return this.#workMs * Math.exp((this.#at - now) / MEMORY_MS);
  }
}
