/**
 * A high quantile of what was seen last: exact over a window, so that what is older is forgotten, and cheap
 * because it is sorted again only now and then. Pure but for its own memory.
 */

const WINDOW = 256;
/** Observations between two sorts. Sorting 256 numbers takes some 10 us: below one a batch. */
const STALE_AFTER = 16;

export class RecentQuantile {
  readonly #share: number;
  readonly #window: Float64Array;
  #seen = 0;
  #value: number;
  #stale = 0;

  /** `share`: 0.99 for the 99th percentile. `initial`: its value until enough has been seen to tell. */
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
    if (++this.#stale < STALE_AFTER) return;
    this.#stale = 0;
    const sorted = this.#window.slice(0, Math.min(this.#seen, WINDOW)).sort();
    this.#value = sorted[Math.min(sorted.length - 1, Math.floor(this.#share * sorted.length))]!;
  }
}
