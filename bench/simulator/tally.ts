/** Sums over visits: what was answered in time, how late the rest was, what was refused. */
import type { Visit } from './request.ts';

export interface Tally {
  readonly offered: number;
  readonly accepted: number;
  readonly refused: number;
  /** Accepted, and then given up or answered past the limit. */
  readonly late: number;
  /** Answered within the limit, a second. */
  readonly goodput: number;
  /** Of the accepted ones, given up or not, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Of what arrived from `fromMs` to `untilMs`. */
export function tally(visits: readonly Visit[], fromMs: number, untilMs: number): Tally {
  const seen = visits.filter(({ at }) => at >= fromMs && at < untilMs);
  const accepted = seen.filter(({ ending }) => ending !== 'refused');
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

export const isGood = ({ ending, latencyMs, limitMs }: Visit): boolean =>
  ending === 'done' && latencyMs <= limitMs;

/** `sorted`: ascending. 0 of nothing. */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
