/** The traffic of a model as JSON: the answer of GET /v1/models/{model}/traffic. Pure. */
import type { Model } from '../serving/catalogue.ts';
import type { Pair, PairTally, Tally } from './counts.ts';
import { wilson } from '../wilson.ts';
import type { Share } from './guard/confidence.ts';
import { GUARD_DEFAULTS, type Judgement } from './guard/verdict.ts';
import type { ModelTraffic } from './model-traffic.ts';
import { versionOf } from './route.ts';

/** `now`: of the clock. */
export function viewOf(model: Model, traffic: ModelTraffic, now: number): object {
  const { name, settings, origin, state, reason, baseline, sinceMs, counts, shares, shadows } = traffic;
  return {
    model: name,
    default_version: model.defaultVersion,
    set_by: origin,
    state,
    ...(reason === undefined ? {} : { reason }),
    settings,
    ...(sinceMs === undefined ? {} : { for_s: Math.round((now - sinceMs) / 1000) }),
    baseline,
    split: shares.map(({ version, name: label, share }) => ({
      version,
      name: label,
      share,
      state: versionOf(model, label)?.state ?? 'missing',
    })),
    shadow: shadows.map(({ name: label, fraction }) => ({
      version: versionOf(model, label)?.version ?? label,
      name: label,
      fraction,
      state: versionOf(model, label)?.state ?? 'missing',
    })),
    versions: counts.versions.map(([version, tally]) => versionView(version, tally)),
    comparison: counts.pairs.map((pair) => pairView(pair)),
    ...(settings.guard === undefined && traffic.judgements.size === 0 ? {} : { guard: guardView(traffic) }),
  };
}

const versionView = (version: string, { errors, durations }: Tally): object => ({
  version,
  requests: errors.n,
  errors: errors.count,
  error_rate: shareView(errors),
  ...quantiles('', durations),
});

const pairView = ({ live, shadow, tally }: Pair & { readonly tally: PairTally }): object => ({
  live,
  shadow,
  n: tally.n,
  agreed: tally.agreed,
  agreement: shareView({ count: tally.agreed, n: tally.n }),
  largest_difference: rounded(tally.largestDifference),
  mean_difference: rounded(tally.meanDifference),
  errors: tally.errors,
  ...quantiles('live_', tally.liveMs),
  ...quantiles('shadow_', tally.shadowMs),
});

function guardView({ settings, judgements, failedChecks }: ModelTraffic): object {
  const { guard } = settings;
  return {
    ...(guard === undefined ? {} : { interval_ms: guard.intervalMs ?? GUARD_DEFAULTS.intervalMs }),
    failed_checks: failedChecks,
    ...(guard === undefined ? {} : { threshold: guard.threshold ?? GUARD_DEFAULTS.threshold }),
    judged: [...judgements].map(([version, judgement]) => judgementView(version, judgement)),
  };
}

const judgementView = (version: string, { verdict, n, checks }: Judgement): object => ({
  version,
  verdict,
  n,
  checks: checks.map(({ check, verdict: each, n: samples, says }) => ({
    check,
    verdict: each,
    n: samples,
    says,
  })),
});

/** A share with the interval that the true one is in, 95 times of 100. */
function shareView({ count, n }: Share): object {
  const { low, high } = wilson(count, n);
  return { ...(n === 0 ? {} : { value: rounded(count / n) }), low: rounded(low), high: rounded(high), n };
}

function quantiles(prefix: string, durations: { quantile(q: number): number | undefined }): object {
  const [p50, p99] = [durations.quantile(0.5), durations.quantile(0.99)];
  if (p50 === undefined || p99 === undefined) return {};
  return { [`${prefix}p50_ms`]: rounded(p50), [`${prefix}p99_ms`]: rounded(p99) };
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
