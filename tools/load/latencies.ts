/**
 * Latencies of a phase in an HDR histogram of microseconds with three significant digits, read as milliseconds.
 * It takes any number of values in fixed memory, and never rounds to whole milliseconds as autocannon's own does.
 */
import { createRequire } from 'node:module';

const hdr = createRequire(import.meta.url)('hdr-histogram-js') as typeof import('hdr-histogram-js');

const MICROSECONDS = 1000;
/** Ten minutes: more than any time-out here. */
const HIGHEST = 600_000_000;

/** In milliseconds; NaN where there was no value. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
}

export class Latencies {
  readonly #histogram = hdr.build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  });

  get count(): number {
    return this.#histogram.totalCount;
  }

  record(ms: number): void {
    this.#histogram.recordValue(Math.min(HIGHEST, Math.max(0, Math.round(ms * MICROSECONDS))));
  }

  /** Milliseconds that this share of the values, 0 to 1, does not exceed; NaN without values. */
  quantile(share: number): number {
    if (this.count === 0) return NaN;
    return this.#histogram.getValueAtPercentile(share * 100) / MICROSECONDS;
  }

  percentiles(): Percentiles {
    return {
      p50: this.quantile(0.5),
      p95: this.quantile(0.95),
      p99: this.quantile(0.99),
      p999: this.quantile(0.999),
    };
  }
}
