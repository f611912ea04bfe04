/**
 * Judges a version of a split against its limits and against the baseline, by what was counted since the last check. A
 * limit is broken, or kept, only where the samples prove it with 99 % certainty; otherwise the verdict is inconclusive.
 * Pure.
 */
import type { GuardConfig } from '../../repository/model-json/traffic.ts';
import type { Durations } from '../durations.ts';
import { wilson } from '../../wilson.ts';
import { isAbove, ONE_SIDED_99, type Share } from './confidence.ts';

export type Verdict = 'pass' | 'fail' | 'inconclusive';

/** What was counted of one version. */
export interface Counted {
  /** Requests that failed by a fault of the server or the model, of all that were run. */
  readonly errors: Share;
  readonly durations: Pick<Durations, 'n' | 'quantile' | 'longerThan'>;
}

export interface Evidence {
  readonly canary: Counted;
  readonly baseline: Counted;
  /** Inputs on which the most probable class differs. */
  readonly disagreements: Share;
}

export interface Check {
  readonly check: 'error_rate' | 'p99' | 'disagreement';
  readonly verdict: Verdict;
  /** Samples behind it. */
  readonly n: number;
  /** Measured value and limit, with their unit: `1.31 % > 1.00 %`. */
  readonly says: string;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** Samples of the check with the fewest. */
  readonly n: number;
  readonly checks: readonly Check[];
}

/** As Flagger's own. */
export const GUARD_DEFAULTS = {
  maxErrorRate: 0.01,
  maxP99Ms: 500,
  minSamples: 100,
  intervalMs: 60_000,
  threshold: 1,
  maxWeight: 50,
} as const;

/** Share of the requests that may take longer than the p99. */
const BEYOND_P99 = 0.01;

export function judge(guard: GuardConfig, evidence: Evidence): Judgement {
  const minSamples = guard.minSamples ?? GUARD_DEFAULTS.minSamples;
  const checks = [
    errorRate(guard.maxErrorRate ?? GUARD_DEFAULTS.maxErrorRate, minSamples, evidence),
    p99(guard, minSamples, evidence),
    ...(guard.maxDisagreement === undefined
      ? []
      : [disagreement(guard.maxDisagreement, minSamples, evidence)]),
  ];
  const some = (verdict: Verdict): boolean => checks.some((check) => check.verdict === verdict);
  return {
    verdict: some('fail') ? 'fail' : some('inconclusive') ? 'inconclusive' : 'pass',
    n: Math.min(...checks.map(({ n }) => n)),
    checks,
  };
}

function errorRate(limit: number, minSamples: number, { canary, baseline }: Evidence): Check {
  const { errors } = canary;
  const rate = errors.n === 0 ? 0 : errors.count / errors.n;
  const says = compared(percent(rate), rate > limit, percent(limit));
  const verdict = proved(errors, limit, minSamples);
  // A server that fails with every version says nothing about this one.
  const shared =
    verdict === 'fail' && baseline.errors.n >= minSamples && !isAbove(errors, baseline.errors, ONE_SIDED_99);
  const check = 'error_rate';
  if (!shared) return { check, verdict, n: errors.n, says };
  const others = percent(baseline.errors.count / baseline.errors.n);
  return { check, verdict: 'inconclusive', n: errors.n, says: `${says}, the baseline ${others}` };
}

/** That p99 is below a limit means that at most one of a hundred takes longer: a share again, with the same test. */
function p99(
  { maxP99Ms, maxP99Ratio }: GuardConfig,
  minSamples: number,
  { canary, baseline }: Evidence,
): Check {
  const check = 'p99';
  const { n } = canary.durations;
  const measured = canary.durations.quantile(0.99);
  const ofBaseline = baseline.durations.n < minSamples ? undefined : baseline.durations.quantile(0.99);
  const byRatio = maxP99Ratio === undefined ? undefined : (ofBaseline ?? NaN) * maxP99Ratio;
  const absolute = maxP99Ms ?? (maxP99Ratio === undefined ? GUARD_DEFAULTS.maxP99Ms : undefined);
  if (measured === undefined || (Number.isNaN(byRatio) && absolute === undefined)) {
    const missing = measured === undefined ? 'no answers' : 'too few answers of the baseline';
    return { check, verdict: 'inconclusive', n, says: missing };
  }
  const limit = Math.min(absolute ?? Infinity, Number.isNaN(byRatio) ? Infinity : (byRatio ?? Infinity));
  const longer = { count: canary.durations.longerThan(limit), n };
  const says = compared(ms(measured), measured > limit, ms(limit));
  return { check, verdict: proved(longer, BEYOND_P99, minSamples), n, says };
}

function disagreement(limit: number, minSamples: number, { disagreements }: Evidence): Check {
  const { count, n } = disagreements;
  const rate = n === 0 ? 0 : count / n;
  const says = compared(percent(rate), rate > limit, percent(limit));
  return { check: 'disagreement', verdict: proved(disagreements, limit, minSamples), n, says };
}

function proved(seen: Share, limit: number, minSamples: number): Verdict {
  if (seen.n < minSamples) return 'inconclusive';
  const { low, high } = wilson(seen.count, seen.n, ONE_SIDED_99);
  if (low > limit) return 'fail';
  return high <= limit ? 'pass' : 'inconclusive';
}

const compared = (value: string, above: boolean, limit: string): string =>
  `${value} ${above ? '>' : '<='} ${limit}`;
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const ms = (value: number): string => `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`;
