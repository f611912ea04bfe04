/**
 * A histogram of durations in buckets that each are five percent wider than the one before: a quantile is within 2.5 % at
 * any size, and its memory is fixed.
 */

/** Shorter durations count as this long. */
const SHORTEST_MS = 0.05;
const BUCKETS_PER_DOUBLING = 14;
/** Up to about two minutes; longer durations count as that. */
const BUCKETS = 21 * BUCKETS_PER_DOUBLING;

export class Durations {
  readonly #counts = new Uint32Array(BUCKETS);
  #n = 0;

  get n(): number {
    return this.#n;
  }

  add(ms: number): void {
    this.#counts[bucketOf(ms)]!++;
    this.#n++;
  }

  /** Milliseconds that a share `q` of the durations is not above; undefined without any. */
  quantile(q: number): number | undefined {
    if (this.#n === 0) return undefined;
    let left = Math.ceil(q * this.#n);
    let bucket = 0;
    for (; bucket < BUCKETS - 1; bucket++) {
      left -= this.#counts[bucket]!;
      if (left <= 0) break;
    }
    return SHORTEST_MS * 2 ** ((bucket + 0.5) / BUCKETS_PER_DOUBLING);
  }

  /** How many were longer than `ms`, within the width of a bucket, in favour of shorter. */
  longerThan(ms: number): number {
    let count = 0;
    for (let bucket = bucketOf(ms) + 1; bucket < BUCKETS; bucket++) count += this.#counts[bucket]!;
    return count;
  }
}

function bucketOf(ms: number): number {
  const doublings = Math.log2(Math.max(ms, SHORTEST_MS) / SHORTEST_MS);
  return Math.min(BUCKETS - 1, Math.floor(doublings * BUCKETS_PER_DOUBLING));
}
