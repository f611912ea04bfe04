/**
 * The batches that a worker holds, as the main thread knows them: one running, one sent ahead; and what can be told of
 * the worker from their predictions. Pure but for its own list: it reads no clock.
 */
import type { Width } from '../thread/load.ts';

/** How long a wide batch may keep the other workers waiting: so many times its prediction, and not less than this. */
const PERMIT_FACTOR = 10;
const SHORTEST_PERMIT_MS = 100;

export interface Held {
  readonly width: Width;
  readonly predictedMs: number;
  /** When it began, as well as the main thread can tell: sent to an idle worker, or next in line. */
  begunAt: number;
}

export class HeldBatches {
  /** In the order in which they run. */
  readonly #held: Held[] = [];

  /** 0 is idle, SLOTS_PER_WORKER is full. */
  get count(): number {
    return this.#held.length;
  }

  has(held: Held): boolean {
    return this.#held.includes(held);
  }

  add(held: Held): void {
    this.#held.push(held);
  }

  /** The one behind it begins now. */
  release(held: Held, now: number): void {
    this.#held.splice(this.#held.indexOf(held), 1);
    const next = this.#held[0];
    if (next !== undefined) next.begunAt = now;
  }

  /**
   * Predicted milliseconds until all of them have run. A batch that has overrun its prediction is expected to take as
   * long again as it is late: a stuck worker looks busier by the second, not free.
   */
  remainingMs(now: number): number {
    let sum = 0;
    for (let place = 0; place < this.#held.length; place++) {
      const { predictedMs, begunAt } = this.#held[place]!;
      sum += place === 0 ? Math.abs(predictedMs - (now - begunAt)) : predictedMs;
    }
    return sum;
  }

  /** Prediction for the longest of them; 0 when there is none. */
  get longestMs(): number {
    let longest = 0;
    for (const { predictedMs } of this.#held) longest = Math.max(longest, predictedMs);
    return longest;
  }

  /**
   * For how many more milliseconds the batch that runs has all cores to itself; 0 when it does not. One that takes
   * many times its prediction is stuck, and must not stop the other workers as well.
   */
  widePermitMs(now: number): number {
    const first = this.#held[0];
    if (first?.width !== 'wide') return 0;
    const lapsesAt = first.begunAt + Math.max(SHORTEST_PERMIT_MS, PERMIT_FACTOR * first.predictedMs);
    return Math.max(0, lapsesAt - now);
  }

  /** How long the running batch has been running, and what was predicted for it; undefined when idle. */
  running(now: number): { readonly forMs: number; readonly predictedMs: number } | undefined {
    const first = this.#held[0];
    return first === undefined ? undefined : { forMs: now - first.begunAt, predictedMs: first.predictedMs };
  }
}
