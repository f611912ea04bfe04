/**
 * How long what the event loop handles now may have waited in its socket. A loop that never sleeps reads in one turn what
 * came in the turn before; a client has counted that time already, so that an answer that is in time for the server would
 * be late for it. Known without a probe: a turn is marked by the first that asks in it.
 */
import type { Clock } from '../clock.ts';

/** Milliseconds of sleep between two turns after which nothing had waited: a poll of sockets alone takes less. */
const SLEPT_MS = 0.05;

export class LoopLag {
  readonly #clock: Clock;
  readonly #defer: (task: () => void) => void;
  readonly #sleptMs: () => number;
  /** Whether this turn has been marked. */
  #marked = false;
  /** When the marked turn began, on the clock, and what had been slept when it ended. */
  #begunAt: number;
  #sleptBefore: number;
  /** Nothing that is read in this turn came before. */
  #since: number;

  /** `defer` runs a task at the end of the turn (setImmediate); `sleptMs`: milliseconds that the loop has slept so far. */
  constructor(clock: Clock, defer: (task: () => void) => void, sleptMs: () => number) {
    this.#clock = clock;
    this.#defer = defer;
    this.#sleptMs = sleptMs;
    this.#begunAt = this.#since = clock.now();
    this.#sleptBefore = sleptMs();
  }

  /** Milliseconds, at most the length of this turn so far and of the one before. */
  ms(): number {
    const now = this.#clock.now();
    if (!this.#marked) {
      this.#marked = true;
      const slept = this.#sleptMs() - this.#sleptBefore > SLEPT_MS;
      this.#since = slept ? now : this.#begunAt;
      this.#begunAt = now;
      this.#defer(() => {
        this.#marked = false;
        this.#sleptBefore = this.#sleptMs();
      });
    }
    return now - this.#since;
  }
}
