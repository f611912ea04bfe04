/**
 * A high quantile of what was seen last: exact over a window, so that what is older is forgotten, and cheap
 * because it is sorted again only now and then. Pure but for its own memory.
 */

/** Neighbours in a queue share one fate: a thousand finishes are some ten independent ones. */
const WINDOW = 1024;
/** Observations between two sorts: few at first, then a share of the window, so that each costs little. */
const STALE_AFTER = 16;
const STALE_SHARE = 1 / 16;

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
    if (++this.#stale < Math.max(STALE_AFTER, STALE_SHARE * Math.min(this.#seen, WINDOW))) return;
    this.#stale = 0;
    const sorted = this.#window.slice(0, Math.min(this.#seen, WINDOW)).sort();
    this.#value = sorted[Math.min(sorted.length - 1, Math.floor(this.#share * sorted.length))]!;
  }
}
