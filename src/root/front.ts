/**
 * The application of the server: every route with the stages and the facts that its handler needs. Part of the
 * composition root: it knows all parts, and does nothing of itself.
 */
import { Admission } from '../admission/admission.ts';
import { ByteBudget } from '../admission/budget.ts';
import { Demand } from '../admission/demand.ts';
import { systemClock as clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { Serving } from '../serving/serving.ts';
import type { ErrorCode } from '../errors.ts';
import type { UrlFetcher } from '../outbound/fetcher.ts';
import { App } from '../http/app.ts';
import { BodyBuffers } from '../http/body/buffers.ts';
import { corsPolicy } from '../http/cors.ts';
import { Descriptors } from '../http/descriptors.ts';
import type { HealthFacts } from '../protocol/ops/health.ts';
import type { LiveFacts } from '../protocol/ops/live.ts';
import { documentsOf } from '../site/documents.ts';
import { openApiDocument } from '../site/openapi/build.ts';
import { route } from '../traffic/route.ts';
import type { Uws } from '../http/addon/uws.ts';
import type { Lifecycle } from './lifecycle.ts';
import { ROUTE_SETS, routesWith } from './routes.ts';
import type { Events } from '../telemetry/events/events.ts';
import type { ModelGauges, StateFacts } from '../telemetry/metrics/gauges.ts';
import type { Metrics } from '../telemetry/metrics/metrics.ts';
import type { Verbosity } from '../telemetry/log/verbosity.ts';
import type { Tracer } from '../telemetry/trace/tracer.ts';
import { VERSION } from '../version.ts';

/** What the front stands before. */
export interface Behind {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly events: Events;
  readonly lifecycle: Lifecycle;
  readonly serving: Serving;
  readonly fetcher: UrlFetcher;
  readonly verbosity: Verbosity;
  readonly tracer: Tracer | undefined;
}

/** Refusals for want of capacity: more of it would have taken the request. */
const TOO_MUCH = new Set<ErrorCode>(['OVERLOADED', 'QUEUE_FULL']);

/** The application, not yet listening. */
export function frontOf(uws: Uws, behind: Behind): App {
  const { config, events, lifecycle, serving, fetcher } = behind;
  const startedAt = clock.now();
  const budget = new ByteBudget(config.maxInFlightBytes);
  const demand = new Demand(startedAt);
  const offered = (outcome: 'accepted' | 'refused', ms: number): void => {
    demand.add(ms, clock.now());
    events.demand.workOffered(outcome, ms);
  };
  const admission = new Admission(budget, () => lifecycle.closing, {
    refused(version, stage, code, work) {
      events.demand.refused(version.labels, stage, code);
      if (TOO_MUCH.has(code)) offered('refused', version.workMs(work));
    },
    accepted: (version, work) => offered('accepted', version.workMs(work)),
  });
  const { catalogue, defaultModel } = serving;
  const routes = routesWith({
    predict: {
      route: (name = defaultModel, version) => route(catalogue, name, version),
      admission,
      fetchImage: (url, signal) => fetcher.fetch(url, signal),
      urlRefused: (requestId, error) => events.urls.refused(requestId, error),
      buffers: new BodyBuffers(),
      defaultTopK: config.topK,
      ...config,
    },
    models: { catalogue, defaultModel },
    live: () => liveFacts(clock.now() - startedAt, saturationOf(demand, serving), behind),
    batches: () => serving.batches,
    now: () => clock.now(),
    health: () => healthFacts(lifecycle, serving),
    metrics: behind.metrics,
    state: () => stateFacts(budget, demand, serving),
    logLevelRoute: config.logLevelRoute,
    verbosity: behind.verbosity,
    documents: documentsOf(openApiDocument(VERSION, ROUTE_SETS), {
      version: VERSION,
      maxBodyBytes: config.maxBodyBytes,
    }),
  });
  return new App(uws, {
    clock,
    events: events.requests,
    routes,
    closesConnections: () => lifecycle.closesConnections,
    descriptors: new Descriptors(config.urlConcurrency),
    onRefused: (connections, limit) => events.connections.refused(connections, limit),
    maxTimeoutMs: config.maxTimeoutMs,
    corsHeaders: corsPolicy(config.corsOrigins),
    onRequest: () => lifecycle.sawRequest(),
    tracer: behind.tracer,
  });
}

/** Over the workers that can work, or will once they have loaded. */
const saturationOf = (demand: Demand, { pool }: Serving): number =>
  demand.saturation(
    pool.workers.filter(({ state }) => state === 'ready' || state === 'loading').length,
    clock.now(),
  );

const liveFacts = (uptimeMs: number, saturation: number, { serving, events }: Behind): LiveFacts => ({
  uptimeMs,
  minute: events.predictions.minute.facts,
  saturation,
  models: serving.catalogue.versions.map(({ name, version, state, queuedRows }) => ({
    name,
    version,
    state,
    queuedRows,
  })),
  workers: serving.pool.workers.map(({ state, holding }) => ({ state, busy: holding > 0 })),
});

function healthFacts(lifecycle: Lifecycle, serving: Serving): HealthFacts {
  const { workers, supervisor } = serving.pool;
  return {
    state: lifecycle.state,
    defaultModel: serving.defaultVersion,
    models: serving.catalogue.versions,
    warnings: serving.warnings,
    workersAlive: workers.filter(({ state }) => state !== 'dead' && state !== 'starting').length,
    workers: workers.length,
    poolHealthy: supervisor.healthy,
    wedged: supervisor.wedged(workers),
  };
}

function stateFacts(budget: ByteBudget, demand: Demand, serving: Serving): StateFacts {
  const { workers } = serving.pool;
  return {
    inFlightBytes: budget.used,
    inFlightBytesLimit: budget.limit,
    saturation: saturationOf(demand, serving),
    models: serving.catalogue.versions.map(gaugesOf),
    workers: workers.map((worker) => worker.state),
  };
}

function gaugesOf(version: ModelVersion): ModelGauges {
  const { labels, queuedRows, costs } = version;
  if (costs === undefined) return { ...labels, queuedRows, costs };
  const { startsInMs, error } = version.forecast();
  return { ...labels, queuedRows, costs: { cap: costs.cap, waitMs: startsInMs, error, runs: costs.buckets } };
}
