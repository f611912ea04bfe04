/**
 * A high quantile of the last observations: exact over a sliding window, and cheap, because the window is sorted only every
 * few observations.
 */

/** Observations. Neighbours in a queue are correlated: a thousand finishes are about ten independent ones. */
const WINDOW = 1024;
/** Observations between two sorts: this many at first, later this share of the window. */
const STALE_AFTER = 16;
const STALE_SHARE = 1 / 16;
/** With a limit of age a sort is due after this share of it, too: few observations may be old ones. */
const STALE_AGE = 1 / 16;

export class RecentQuantile {
  readonly #share: number;
  readonly #maxAgeMs: number;
  readonly #window = new Float64Array(WINDOW);
  /** When each was made; empty without a limit of age. */
  readonly #times: Float64Array;
  #seen = 0;
  #value: number;
  #stale = 0;
  #sortedAt = 0;

  /**
   * `share`: 0.99 for p99. `initial`: the value before the first STALE_AFTER observations. `maxAgeMs`: older ones do not
   * count, however few there are.
   */
  constructor(share: number, initial: number, maxAgeMs = Infinity) {
    this.#share = share;
    this.#value = initial;
    this.#maxAgeMs = maxAgeMs;
    this.#times = new Float64Array(maxAgeMs === Infinity ? 0 : WINDOW);
  }

  get value(): number {
    return this.#value;
  }

  /** `now`: clock milliseconds, never less than before; only looked at with a limit of age. */
  observe(value: number, now = 0): void {
    const place = this.#seen++ % WINDOW;
    this.#window[place] = value;
    if (this.#times.length > 0) this.#times[place] = now;
    const due = Math.max(STALE_AFTER, STALE_SHARE * Math.min(this.#seen, WINDOW));
    const old = this.#seen > STALE_AFTER && now - this.#sortedAt > STALE_AGE * this.#maxAgeMs;
    if (++this.#stale < due && !old) return;
    this.#stale = 0;
    this.#sortedAt = now;
    const sorted = this.#recent(now).sort();
    this.#value = sorted[Math.min(sorted.length - 1, Math.floor(this.#share * sorted.length))]!;
  }

  #recent(now: number): Float64Array {
    const all = this.#window.slice(0, Math.min(this.#seen, WINDOW));
    if (this.#times.length === 0) return all;
    return all.filter((_, place) => now - this.#times[place]! <= this.#maxAgeMs);
  }
}
