/** Sums over request records: goodput, latency quantiles, late and refused requests. */
import type { RequestRecord } from './request.ts';

export interface Tally {
  readonly offered: number;
  readonly accepted: number;
  readonly refused: number;
  /** Accepted, and then given up or answered after the limit. */
  readonly late: number;
  /** Answers within the limit, a second. */
  readonly goodput: number;
  /** Latencies of accepted requests, including those given up, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Sums up the requests that arrived from `fromMs` to `untilMs`. */
export function tally(records: readonly RequestRecord[], fromMs: number, untilMs: number): Tally {
  const seen = records.filter(({ at }) => at >= fromMs && at < untilMs);
  const accepted = seen.filter(({ outcome }) => outcome !== 'refused');
  const good = accepted.filter(isGood);
  const latencies = Float64Array.from(accepted, ({ latencyMs }) => latencyMs).sort();
  return {
    offered: seen.length,
    accepted: accepted.length,
    refused: seen.length - accepted.length,
    late: accepted.length - good.length,
    goodput: (1000 * good.length) / (untilMs - fromMs),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    max: latencies.at(-1) ?? 0,
  };
}

export const isGood = ({ outcome, latencyMs, limitMs }: RequestRecord): boolean =>
  outcome === 'done' && latencyMs <= limitMs;

/** `sorted`: ascending. `share`: 0.99 for p99. Returns 0 for an empty array. */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
