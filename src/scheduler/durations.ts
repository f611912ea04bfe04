/**
 * How long a batch of a model version takes on a worker, decode and all. Known from warm-up, then learned
 * from what really ran. Only prefetching and the watch for wedged workers ask for it so far; a cost model by
 * bucket and quantile can take its place behind the same two methods.
 */

/** Weight of the newest observation. */
const FORGETTING = 0.1;

export class Durations {
  #perRowMs: number;

  /** `warmUp`: measured runs; the largest batch of them stands for all. */
  constructor(warmUp: readonly { readonly rows: number; readonly ms: number }[]) {
    const last = warmUp.at(-1);
    this.#perRowMs = last === undefined ? 0 : last.ms / last.rows;
  }

  predictMs(rows: number): number {
    return rows * this.#perRowMs;
  }

  observe(rows: number, ms: number): void {
    this.#perRowMs += FORGETTING * (ms / rows - this.#perRowMs);
  }
}
