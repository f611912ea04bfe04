/**
 * The application of the server: every route with the stages and the facts that its handler needs. Part of the
 * composition root: it knows all parts, and does nothing of itself.
 */
import { Admission } from '../admission/admission.ts';
import { ByteBudget } from '../admission/budget.ts';
import { Demand } from '../admission/demand.ts';
import { systemClock as clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { Engine } from '../serving/engine.ts';
import type { ErrorCode } from '../errors.ts';
import type { UrlFetcher } from '../outbound/fetcher.ts';
import { App } from '../http/app.ts';
import { BodyBuffers } from '../http/buffers.ts';
import { corsPolicy } from '../http/cors.ts';
import type { HealthFacts } from '../protocol/ops/health.ts';
import type { LiveFacts } from '../protocol/ops/live.ts';
import type { ModelsFacts } from '../protocol/v1/models.ts';
import { documentsOf } from '../site/documents.ts';
import { openApiDocument } from '../site/openapi/build.ts';
import type { PredictStages } from '../task/stages.ts';
import type { Uws } from '../http/uws.ts';
import type { Lifecycle } from './lifecycle.ts';
import { ROUTE_SETS, routesWith } from './routes.ts';
import type { Events } from '../telemetry/events.ts';
import type { StateFacts } from '../telemetry/metrics/gauges.ts';
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
  readonly engine: Engine;
  readonly fetcher: UrlFetcher;
  readonly verbosity: Verbosity;
  readonly tracer: Tracer | undefined;
}

/** Refusals for want of capacity: more of it would have taken the request. */
const TOO_MUCH = new Set<ErrorCode>(['OVERLOADED', 'QUEUE_FULL']);

/** The application, not yet listening. */
export function frontOf(uws: Uws, behind: Behind): App {
  const { config, events, lifecycle, engine, fetcher } = behind;
  const startedAt = clock.now();
  const budget = new ByteBudget(config.maxInFlightBytes);
  const demand = new Demand(startedAt);
  const offered = (outcome: 'accepted' | 'refused', ms: number): void => {
    demand.add(ms, clock.now());
    events.workOffered(outcome, ms);
  };
  const admission = new Admission(
    budget,
    {
      closing: () => lifecycle.closing,
      hasRoomFor: (model, rows) => engine.hasRoomFor(model, rows),
      forecast: (model, work) => engine.forecast(model, work),
    },
    (model, stage, code, work) => {
      events.requestRefused({ model: model.name, version: model.version }, stage, code);
      if (TOO_MUCH.has(code)) offered('refused', engine.workMs(model, work));
    },
    (model, work) => offered('accepted', engine.workMs(model, work)),
  );
  const stages: PredictStages = {
    findModel: (name, version) => engine.find(name, version),
    admission,
    submit: (model, payloads, deadlineAt, trace) => engine.submit(model, payloads, deadlineAt, trace),
    fetchImage: (url, signal) => fetcher.fetch(url, signal),
    urlRefused: (requestId, error) => events.urlRefused(requestId, error),
    batchCap: (model) => engine.batchCap(model),
    buffers: new BodyBuffers(),
    maxBodyBytes: config.maxBodyBytes,
    maxJsonBytes: config.maxJsonBytes,
    maxImagePixels: config.maxImagePixels,
    maxImagesPerRequest: config.maxImagesPerRequest,
    maxQueueRows: config.maxQueueRows,
    defaultTopK: config.topK,
  };
  const modelsFacts: ModelsFacts = {
    models: engine.models,
    defaultModel: engine.defaultVersion.name,
    defaultVersionOf: (name) => engine.find(name).version,
    costsOf: (model) => engine.costsOf(model),
  };
  const routes = routesWith({
    stages,
    models: modelsFacts,
    live: () => liveFacts(clock.now() - startedAt, saturationOf(demand, engine), behind),
    batches: () => engine.batches,
    now: () => clock.now(),
    health: () => healthFacts(lifecycle, engine),
    metrics: behind.metrics,
    state: () => stateFacts(budget, demand, engine),
    logLevelRoute: config.logLevelRoute,
    verbosity: behind.verbosity,
    documents: documentsOf(openApiDocument(VERSION, ROUTE_SETS), {
      version: VERSION,
      maxBodyBytes: config.maxBodyBytes,
    }),
  });
  return new App(uws, {
    clock,
    events,
    routes,
    closesConnections: () => lifecycle.closesConnections,
    maxTimeoutMs: config.maxTimeoutMs,
    corsHeaders: corsPolicy(config.corsOrigins),
    onRequest: () => lifecycle.sawRequest(),
    tracer: behind.tracer,
  });
}

/** Over the workers that can work, or will once they have loaded. */
const saturationOf = (demand: Demand, { pool }: Engine): number =>
  demand.saturation(
    pool.workers.filter(({ state }) => state === 'ready' || state === 'loading').length,
    clock.now(),
  );

const liveFacts = (uptimeMs: number, saturation: number, { engine, events }: Behind): LiveFacts => ({
  uptimeMs,
  minute: events.minute.facts,
  saturation,
  models: engine.models.map((model) => ({
    name: model.name,
    version: model.version,
    state: model.state,
    queuedRows: engine.queuedRows(model),
  })),
  workers: engine.pool.workers.map(({ state, holding }) => ({ state, busy: holding > 0 })),
});

function healthFacts(lifecycle: Lifecycle, engine: Engine): HealthFacts {
  const { workers, supervisor } = engine.pool;
  return {
    state: lifecycle.state,
    defaultModel: engine.defaultVersion,
    models: engine.models,
    workersAlive: workers.filter(({ state }) => state !== 'dead' && state !== 'starting').length,
    workers: workers.length,
    poolHealthy: supervisor.healthy,
    wedged: supervisor.wedged(workers),
  };
}

function stateFacts(budget: ByteBudget, demand: Demand, engine: Engine): StateFacts {
  const { workers } = engine.pool;
  return {
    inFlightBytes: budget.used,
    inFlightBytesLimit: budget.limit,
    saturation: saturationOf(demand, engine),
    models: engine.models.map((model) => {
      const known = engine.costsOf(model);
      return {
        model: model.name,
        version: model.version,
        queuedRows: engine.queuedRows(model),
        costs: known && {
          cap: known.costs.cap,
          waitMs: known.startsInMs,
          error: known.error,
          runs: known.costs.buckets,
        },
      };
    }),
    workers: workers.map((worker) => worker.state),
  };
}
