/** The server's state for routes: health, the last minute, and the gauges of a scrape. */
import type { ByteBudget } from '../admission/budget.ts';
import type { AnswerCache } from '../cache/cache.ts';
import type { Demands } from '../admission/demand.ts';
import type { Limits } from '../guard/limits/limits.ts';
import type { HealthFacts } from '../protocol/health.ts';
import type { LiveFacts } from '../protocol/ops/live.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { Serving } from '../serving/serving.ts';
import type { ModelGauges, StateFacts } from '../telemetry/metrics/gauges.ts';
import type { Minute } from '../telemetry/metrics/minute.ts';
import type { Lifecycle } from './lifecycle.ts';

/** Demand over the capacity of the workers that are ready or loading; above 1 it exceeds the capacity. */
export const saturationOf = (demand: Demands, { pool }: Serving, now: number): number =>
  demand.saturation(
    (device) => pool.workersOf(device).filter(({ state }) => state === 'ready' || state === 'loading').length,
    now,
  );

export const liveFacts = (
  uptimeMs: number,
  saturation: number,
  { catalogue, pool }: Serving,
  minute: Minute,
): LiveFacts => ({
  uptimeMs,
  minute: minute.facts,
  saturation,
  models: catalogue.versions.map(({ name, version, state, queuedRows }) => ({
    name,
    version,
    state,
    queuedRows,
  })),
  workers: pool.workers.map(({ state, holding }) => ({ state, busy: holding > 0 })),
});

export function healthFacts(lifecycle: Lifecycle, serving: Serving): HealthFacts {
  const { pool } = serving;
  const { workers, supervisor } = pool;
  return {
    state: lifecycle.state,
    defaultModel: serving.defaultVersion,
    models: serving.catalogue.versions,
    warnings: serving.warnings,
    workersAlive: workers.filter(({ state }) => state !== 'dead' && state !== 'starting').length,
    workers: workers.length,
    lastCrash: serving.lastCrash,
    poolHealthy: supervisor.healthy,
    wedged: pool.wedged,
  };
}

export const stateFacts = (
  budget: ByteBudget,
  saturation: number,
  { catalogue, pool }: Serving,
  cache: AnswerCache | undefined,
  limits: Limits | undefined,
): StateFacts => ({
  inFlightBytes: budget.used,
  inFlightBytesLimit: budget.limit,
  saturation,
  limitedCallers: limits?.size,
  cache,
  models: catalogue.versions.map(gaugesOf),
  workers: pool.threads.map((worker) => worker.state),
});

function gaugesOf(version: ModelVersion): ModelGauges {
  const { labels, queuedRows, costs } = version;
  if (costs === undefined) return { ...labels, queuedRows, costs };
  const { startsInMs, error } = version.forecast();
  return { ...labels, queuedRows, costs: { cap: costs.cap, waitMs: startsInMs, error, runs: costs.buckets } };
}
