/**
 * Connects every route with the stages and facts that its handler needs. Part of the composition root: it imports all
 * parts and contains no logic of its own.
 */
import { Admission } from '../admission/admission.ts';
import { ByteBudget } from '../admission/budget.ts';
import { Demands } from '../admission/demand.ts';
import type { AnswerCache } from '../cache/cache.ts';
import { systemClock as clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { ModelControl } from '../serving/control/control.ts';
import type { Serving } from '../serving/serving.ts';
import type { ErrorCode } from '../errors.ts';
import { audited } from '../guard/audited.ts';
import type { OpenAuthentication } from './credentials.ts';
import type { ClientAddress } from '../guard/client-address.ts';
import { guardOf } from '../guard/guard.ts';
import { App } from '../http/app.ts';
import { BodyBuffers } from '../http/body/buffers.ts';
import { corsPolicy } from '../http/headers/cors.ts';
import { fixedHeaders } from '../http/headers/security.ts';
import { Descriptors } from '../http/connection/descriptors.ts';
import { documentsOf } from '../site/documents.ts';
import { Explanations } from '../task/explanations.ts';
import type { OpenTraffic } from '../traffic/open.ts';
import { route } from '../traffic/route.ts';
import type { Uws } from '../http/addon/uws.ts';
import type { Credentials } from '../http/tls/credentials.ts';
import { roundsOf } from './federated.ts';
import type { Lifecycle } from './lifecycle.ts';
import { keepsInputs, type OpenQuality } from './quality.ts';
import type { OpenLimits } from './limits.ts';
import type { Outside } from './outside.ts';
import { ROUTE_SETS, routesWith } from './routes.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import { CPU } from '../thread/device.ts';
import type { Payload } from '../thread/payload.ts';
import { healthFacts, liveFacts, saturationOf, stateFacts } from './views.ts';
import type { Audit } from '../telemetry/audit/audit.ts';
import type { Events } from '../telemetry/events/events.ts';
import type { Metrics } from '../telemetry/metrics/metrics.ts';
import type { Verbosity } from '../telemetry/log/verbosity.ts';
import type { Tracer } from '../telemetry/trace/tracer.ts';
import { VERSION } from '../version.ts';

/** The parts of the server that its routes need. */
export interface ApplicationParts {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly events: Events;
  readonly lifecycle: Lifecycle;
  readonly serving: Serving;
  /** Undefined when no answers are kept. */
  readonly cache: AnswerCache | undefined;
  readonly control: ModelControl;
  readonly outside: Outside;
  readonly traffic: OpenTraffic;
  readonly authentication: OpenAuthentication;
  readonly verbosity: Verbosity;
  readonly tracer: Tracer | undefined;
  /** Undefined for HTTP without TLS. */
  readonly tls: Credentials | undefined;
  readonly clientAddress: ClientAddress;
  /** Undefined: nothing is limited. */
  readonly limits: OpenLimits | undefined;
  readonly quality: OpenQuality;
  /** Undefined where nothing is to be audited. */
  readonly audit: Audit | undefined;
}

/** Refusals for lack of capacity; they count as demand. */
const TOO_MUCH = new Set<ErrorCode>(['OVERLOADED', 'QUEUE_FULL']);

/** Returns the application, not listening yet. */
export function applicationOf(uws: Uws, parts: ApplicationParts): App {
  const { config, events, lifecycle, serving, outside, cache } = parts;
  const { traffic, control } = parts.traffic;
  const startedAt = clock.now();
  const buffers = new BodyBuffers();
  const budget = new ByteBudget(config.maxInFlightBytes, clock);
  const memory = { open: (bytes: number) => budget.open(bytes), buffers };
  const demand = new Demands(startedAt);
  const saturation = (): number => saturationOf(demand, serving, clock.now());
  const offered = (
    outcome: 'accepted' | 'refused',
    version: ModelVersion,
    work: readonly Payload[] | undefined,
  ): void => {
    const ms = version.workMs(work);
    demand.add(version.signature?.provider ?? CPU, ms, clock.now());
    events.demand.workOffered(outcome, ms);
  };
  const admission = new Admission(
    budget,
    () => lifecycle.closing,
    {
      refused(version, stage, code, work) {
        events.demand.refused(version.labels, stage, code);
        if (TOO_MUCH.has(code)) offered('refused', version, work);
      },
      accepted: (version, work) => offered('accepted', version, work),
    },
    serving.lagMs,
  );
  const { catalogue, defaultModel } = serving;
  const { clientAddress } = parts;
  const limits = parts.limits?.limits;
  const rowsCount = limits !== undefined && config.rateLimitCost === 'rows';
  const routes = routesWith({
    predict: {
      route: (name = defaultModel, version, kept) => traffic.route(name, version, kept),
      wanted: (version) => serving.onDemand.wanted(version),
      admission,
      chargeRows: rowsCount ? (exchange, rows) => limits.chargeRows(exchange, rows) : undefined,
      cache,
      explanations:
        config.explainRows === 0
          ? undefined
          : new Explanations({
              rows: config.explainRows,
              maxTimeoutMs: config.maxTimeoutMs,
              admission,
              ended: ({ labels }, outcome, rows) => events.predictions.explained(labels, outcome, rows),
            }),
      fetchImage: (url, signal) => outside.fetcher.fetch(url, signal),
      fillFeatures: outside.features.fill,
      urlRefused: (requestId, error) => events.urls.refused(requestId, error),
      answered: parts.quality.answered,
      buffers,
      defaultTopK: config.topK,
      ...config,
    },
    models: { catalogue, defaultModel },
    oip: {
      catalogue,
      find: (name, version) => route(catalogue, name, version).version,
      wanted: (version) => serving.onDemand.wanted(version),
      seriesOf: (labels) => parts.metrics.models.find(labels),
      workers: config.workers,
    },
    traffic: { control, memory },
    feedback: { watched: parts.quality.feedback, memory },
    federated: {
      rounds: roundsOf(config, events),
      requireVersion: (name, version) => void route(catalogue, name, version),
      memory,
      maxBytes: config.federatedMaxBytes,
    },
    drift: { room: parts.quality.drift, memory },
    repository: parts.control,
    live: () => liveFacts(clock.now() - startedAt, saturation(), serving, events.predictions.minute),
    batches: () => serving.batches,
    now: () => clock.now(),
    health: () => healthFacts(lifecycle, serving),
    metrics: parts.metrics,
    state: () => ({
      ...stateFacts(budget, saturation(), serving, cache, limits),
      drift: parts.quality.drift.counts,
      keySetAgeMs: parts.authentication.keySetAgeMs,
      feedback: parts.quality.feedback?.gauges(),
    }),
    verbosity: parts.verbosity,
    documents: documentsOf(ROUTE_SETS, {
      version: VERSION,
      maxBodyBytes: config.maxBodyBytes,
      keepsInputs: keepsInputs(config),
      explains: config.explainRows > 0,
    }),
  });
  return new App(uws, {
    clock,
    budget,
    events: events.requests,
    routes,
    closesConnections: () => lifecycle.closesConnections,
    descriptors: new Descriptors(config.urlConcurrency),
    onRefused: (connections, limit) => events.connections.refused(connections, limit),
    maxTimeoutMs: config.maxTimeoutMs,
    corsHeaders: corsPolicy(config.corsOrigins, config.corsCredentials === 'on'),
    corsMaxAgeSeconds: config.corsMaxAgeSeconds,
    fixedHeaders: fixedHeaders({
      security: config.securityHeaders,
      hstsSeconds: parts.tls === undefined ? 0 : config.hstsSeconds,
      server: config.serverHeader,
    }),
    onRequest: () => lifecycle.sawRequest(),
    proxyHeader: clientAddress.looksBehind ? clientAddress.field : undefined,
    guard: audited(
      parts.audit,
      clientAddress,
      guardOf({
        rules: {
          operators: config.logLevelRoute,
          traffic: config.trafficRoutes,
          drift: config.driftRoutes,
          models: config.modelControl === 'explicit' ? 'loopback' : 'off',
        },
        authentication: parts.authentication.authentication,
        open: parts.authentication.openRoutes,
        defaultModel,
        limits,
      }),
    ),
    keptHeaders: () => traffic.headers,
    tracer: parts.tracer,
    tls: parts.tls,
  });
}
