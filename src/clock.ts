/**
 * The only door to time. Everything that measures or waits takes a Clock, so that tests move time by hand
 * and no unit test sleeps.
 */

export interface Clock {
  /** Monotonic milliseconds with a fraction, as performance.now(). */
  now(): number;
  /** Runs `task` once after `ms`; the function it returns takes the timer back. */
  after(ms: number, task: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};
