/**
 * A high quantile of the last observations: exact over a sliding window, and cheap, because the window is sorted only every
 * few observations.
 */

/** Observations. Neighbours in a queue are correlated: a thousand finishes are about ten independent ones. */
const WINDOW = 1024;
/** Observations between two sorts: this many at first, later this share of the window. */
const STALE_AFTER = 16;
const STALE_SHARE = 1 / 16;

export class RecentQuantile {
  readonly #share: number;
  readonly #window: Float64Array;
  #seen = 0;
  #value: number;
  #stale = 0;

  /** `share`: 0.99 for p99. `initial`: the value before the first STALE_AFTER observations. */
  constructor(share: number, initial: number) {
    this.#share = share;
    this.#window = new Float64Array(WINDOW);
    this.#value = initial;
  }

  get value(): number {
    return this.#value;
  }

  observe(value: number): void {
    this.#window[this.#seen++ % WINDOW] = value;
    if (++this.#stale < Math.max(STALE_AFTER, STALE_SHARE * Math.min(this.#seen, WINDOW))) return;
    this.#stale = 0;
    const sorted = this.#window.slice(0, Math.min(this.#seen, WINDOW)).sort();
    this.#value = sorted[Math.min(sorted.length - 1, Math.floor(this.#share * sorted.length))]!;
  }
}
