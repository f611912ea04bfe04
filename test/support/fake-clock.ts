/**
 * A clock that a test advances. Timers run in the order of their time, those at the same time in the order in which they
 * were set. Never waits for real time.
 */
import type { Clock } from '../../src/clock.ts';

interface Timer {
  readonly at: number;
  readonly task: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  #timers: Timer[] = [];

  constructor(now = 0) {
    this.#now = now;
  }

  /** Number of timers that are set. */
  get pending(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Advances the clock and runs the timers on the way at their time, including those set meanwhile. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (this.#runNext(end));
    this.#now = end;
  }

  /** As advance(), but lets promises settle after every timer, for code that awaits between timers. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    while (this.#runNext(end)) await settled();
    this.#now = end;
    await settled();
  }

  #runNext(end: number): boolean {
    const [first, ...others] = this.#timers;
    if (first === undefined) return false;
    const next = others.reduce((soonest, timer) => (timer.at < soonest.at ? timer : soonest), first);
    if (next.at > end) return false;
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.#now = next.at;
    next.task();
    return true;
  }
}

/** Resolves after everything that was ready to run has run. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
