/** A ring buffer of the last batches, with the facts behind each decision, for the debug route. */
import type { DispatchReason } from '../batcher/batching-policy.ts';
import type { Width } from '../thread/load.ts';

/** One batch, from dispatch to outcome. Times are milliseconds; `at` is the clock time of the dispatch. */
export interface BatchRecord {
  readonly at: number;
  readonly model: string;
  readonly version: string;
  readonly worker: number;
  readonly rows: number;
  readonly width: Width;
  readonly reason: DispatchReason;
  /** Rows of the model that remained queued. */
  readonly left: number;
  /** How long its oldest entry had been queued. */
  readonly waitedMs: number;
  readonly predictedMs: number;
  /** Undefined while it runs. */
  outcome: string | undefined;
  decodeMs: number | undefined;
  inferMs: number | undefined;
}

/** A few seconds of a busy server. */
const KEPT = 128;

export class RecentBatches {
  readonly #ring: BatchRecord[] = [];
  #next = 0;

  add(record: BatchRecord): void {
    this.#ring[this.#next] = record;
    this.#next = (this.#next + 1) % KEPT;
  }

  /** Newest first. */
  get batches(): readonly BatchRecord[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].reverse();
  }
}
