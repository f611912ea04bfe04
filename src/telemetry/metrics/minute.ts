/**
 * The last minute of predictions, for the page at / and /debug: how many were answered in each second, how many failed,
 * and p50 and p99 of the answers. A ring of sixty seconds, each with a histogram whose buckets grow by the same factor, so
 * that a quantile is within 2.5 % at any size. An answer costs one logarithm and three additions, and reading adds up no
 * histograms, because their sum is kept up to date. Its size is fixed, and it has no timer.
 */
import type { Clock } from '../../clock.ts';

export const SECONDS = 60;

/** Shorter durations count as this long: below that the clock of a busy machine is no measure. */
const SHORTEST_MS = 0.05;
/** A bucket is 2^(1/14), five percent, wider than the one before. */
const BUCKETS_PER_DOUBLING = 14;
/** Up to about two minutes, far beyond the longest deadline; longer durations count as that. */
const BUCKETS = 21 * BUCKETS_PER_DOUBLING;

export interface LastMinute {
  /** Predictions answered in each second, oldest first; the last is the current second. */
  readonly answered: readonly number[];
  /** Predictions that got an error answer, refusals included, over the whole minute. */
  readonly failed: number;
  /** Milliseconds from first byte to answer; undefined when none was answered. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

export class Minute {
  readonly #clock: Clock;
  readonly #durations = new Uint32Array(SECONDS * BUCKETS);
  /** Of the buckets of all seconds. */
  readonly #sums = new Uint32Array(BUCKETS);
  readonly #answered = new Uint32Array(SECONDS);
  readonly #failed = new Uint32Array(SECONDS);
  /** Of the clock, since its zero. */
  #second: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#second = secondOf(clock);
  }

  /** A prediction was answered `ms` after its first byte. */
  answered(ms: number): void {
    const place = this.#place();
    this.#answered[place]!++;
    const bucket = bucketOf(ms);
    this.#durations[place * BUCKETS + bucket]!++;
    this.#sums[bucket]!++;
  }

  /** A prediction got an error answer. */
  failed(): void {
    this.#failed[this.#place()]!++;
  }

  get facts(): LastMinute {
    const newest = this.#place();
    const answered = Array.from({ length: SECONDS }, (_, i) => this.#answered[(newest + 1 + i) % SECONDS]!);
    const total = answered.reduce((sum, count) => sum + count, 0);
    const failed = this.#failed.reduce((sum, count) => sum + count, 0);
    return {
      answered,
      failed,
      p50Ms: quantile(this.#sums, total, 0.5),
      p99Ms: quantile(this.#sums, total, 0.99),
    };
  }

  /** The place of the current second; those that have passed since the last call are emptied. */
  #place(): number {
    const second = secondOf(this.#clock);
    const passed = Math.min(second - this.#second, SECONDS);
    for (let i = 0; i < passed; i++) this.#empty((second - i) % SECONDS);
    this.#second = second;
    return second % SECONDS;
  }

  #empty(place: number): void {
    this.#failed[place] = 0;
    if (this.#answered[place] === 0) return;
    this.#answered[place] = 0;
    const start = place * BUCKETS;
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.#sums[bucket]! -= this.#durations[start + bucket]!;
    this.#durations.fill(0, start, start + BUCKETS);
  }
}

const secondOf = (clock: Clock): number => Math.floor(clock.now() / 1000);

function bucketOf(ms: number): number {
  if (!(ms > SHORTEST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.floor(Math.log2(ms / SHORTEST_MS) * BUCKETS_PER_DOUBLING));
}

/** The middle of the bucket in which the observation of that rank lies. */
function quantile(counts: Uint32Array, total: number, share: number): number | undefined {
  let left = Math.ceil(share * total);
  if (left === 0) return undefined;
  let bucket = 0;
  while ((left -= counts[bucket]!) > 0) bucket++;
  return SHORTEST_MS * 2 ** ((bucket + 0.5) / BUCKETS_PER_DOUBLING);
}
