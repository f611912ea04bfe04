/** The last batches, with why each was what it was: a ring that the debug route shows. */
import type { DispatchReason } from '../batcher/batching-policy.ts';
import type { Width } from '../thread/load.ts';

/** One batch, from its dispatch to its end. Times are milliseconds; `at` is on the server's clock. */
export interface BatchRecord {
  readonly at: number;
  readonly model: string;
  readonly version: string;
  readonly worker: number;
  readonly rows: number;
  readonly width: Width;
  readonly reason: DispatchReason;
  /** Rows of the model that stayed in the queue. */
  readonly left: number;
  /** How long its oldest entry had waited. */
  readonly waitedMs: number;
  readonly predictedMs: number;
  /** Undefined while it runs. */
  outcome: string | undefined;
  decodeMs: number | undefined;
  inferMs: number | undefined;
}

/** Some seconds of a busy server. */
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
