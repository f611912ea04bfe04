/**
 * The batches that a worker holds, as the main thread sees them: one running, one prefetched. Predicts from them when the
 * worker is free. It reads no clock.
 */
import type { Width } from '../thread/load.ts';
import type { BatchResult } from '../thread/messages.ts';

/** The outcome of a batch. A batch whose worker died before starting it may be sent again. */
export type BatchOutcome = BatchResult | { readonly kind: 'died'; readonly started: boolean };

/** A batch that was sent to a worker. */
export interface Dispatched {
  readonly outcome: Promise<BatchOutcome>;
  /** Cancels the batch and returns true if the worker has not started it; the outcome is then `cancelled`. */
  takeBack(): boolean;
}

/** A wide batch may block the other workers for this many times its prediction, and at least for this long. */
const PERMIT_FACTOR = 10;
const SHORTEST_PERMIT_MS = 100;

export interface Held {
  readonly width: Width;
  readonly predictedMs: number;
  /** Of a load: the file of the model. How long a load takes is not predicted. */
  readonly loads?: string | undefined;
  /** When it started, in clock milliseconds, estimated: sent to an idle worker, or the batch before it was done. */
  begunAt: number;
}

export interface Running extends Pick<Held, 'predictedMs' | 'loads'> {
  readonly forMs: number;
}

export class HeldBatches {
  /** In running order. */
  readonly #held: Held[] = [];

  /** Number of batches: 0 is idle, SLOTS_PER_WORKER is full. */
  get count(): number {
    return this.#held.length;
  }

  has(held: Held): boolean {
    return this.#held.includes(held);
  }

  add(held: Held): void {
    this.#held.push(held);
  }

  /** Removes a batch that is done. The next one starts `now` (clock milliseconds). */
  release(held: Held, now: number): void {
    this.#held.splice(this.#held.indexOf(held), 1);
    const next = this.#held[0];
    if (next !== undefined) next.begunAt = now;
  }

  /**
   * Predicted milliseconds until all of them have run. A batch that is late by some time is predicted to take that time
   * again, so a stuck worker looks ever busier, not free.
   */
  remainingMs(now: number): number {
    let sum = 0;
    for (let place = 0; place < this.#held.length; place++) {
      const { predictedMs, begunAt } = this.#held[place]!;
      sum += place === 0 ? Math.abs(predictedMs - (now - begunAt)) : predictedMs;
    }
    return sum;
  }

  /** Predicted milliseconds of the longest of them; 0 when there is none. */
  get longestMs(): number {
    let longest = 0;
    for (const { predictedMs } of this.#held) longest = Math.max(longest, predictedMs);
    return longest;
  }

  /**
   * Milliseconds for which the running batch, if wide, still blocks the other workers; 0 if it does not. A batch that takes
   * many times its prediction is stuck, and must not block them any longer.
   */
  widePermitMs(now: number): number {
    const first = this.#held[0];
    if (first?.width !== 'wide') return 0;
    const lapsesAt = first.begunAt + Math.max(SHORTEST_PERMIT_MS, PERMIT_FACTOR * first.predictedMs);
    return Math.max(0, lapsesAt - now);
  }

  /** What runs, and for how many milliseconds; undefined when idle. */
  running(now: number): Running | undefined {
    const [first] = this.#held;
    if (first === undefined) return undefined;
    const { begunAt, predictedMs, loads } = first;
    return { forMs: now - begunAt, predictedMs, loads };
  }
}
