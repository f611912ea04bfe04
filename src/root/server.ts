/**
 * The composition root, which knows every part of the server. Starts the parts in order (check, listen, load, ready) and
 * stops them in order (drain, close, end).
 */
import { cacheOf } from './answer-cache.ts';
import { systemClock as clock } from '../clock.ts';
import { readMachine } from '../config/machine.ts';
import type { Config } from '../config/schema.ts';
import { faultOfCache } from '../disk/cache-folder.ts';
import { ModelControl } from '../serving/control/control.ts';
import { Serving } from '../serving/serving.ts';
import type { UrlFetcher } from '../outbound/fetcher.ts';
import { auditOf } from './audit.ts';
import { openAuthentication, type OpenAuthentication } from './authentication.ts';
import { crashesOf } from './crashes.ts';
import { applicationOf, type ApplicationParts } from './application.ts';
import type { App } from '../http/app.ts';
import { BodyBuffers } from '../http/body/buffers.ts';
import { limitHeaders, loadUws } from '../http/addon/uws.ts';
import type { Renewal } from '../http/tls/renewal.ts';
import { rethrown } from './expected-errors.ts';
import { fetcherOf } from './fetcher.ts';
import { Lifecycle } from './lifecycle.ts';
import { openRedis } from './limits.ts';
import { openQuality, type OpenQuality } from './quality.ts';
import { WORKER_FILE } from '../pool/pool.ts';
import { chooseDefaultModel } from '../repository/default-model.ts';
import { onlyNamed } from '../repository/look/at-start.ts';
import { lookAt, type Look } from '../repository/look/look.ts';
import { trustOf } from '../repository/trust/trust.ts';
import { warnOfUnsafe } from './self-check.ts';
import { renewalOf } from './tls.ts';
import type { Audit } from '../telemetry/audit/audit.ts';
import { Events } from '../telemetry/events/events.ts';
import { createLog, type LogSettings } from '../telemetry/log/log.ts';
import { openTraffic, type OpenTraffic } from '../traffic/open.ts';
import { createMetrics } from '../telemetry/metrics/metrics.ts';
import { openTracing, type Tracing } from '../telemetry/trace/open.ts';
import { Verbosity } from '../telemetry/log/verbosity.ts';
import { VERSION } from '../version.ts';

export interface Overrides {
  /** Replaces the module of the workers, in tests of worker failures. */
  readonly workerFile?: URL;
  /** Receives the log lines instead of stdout. */
  readonly write?: LogSettings['write'];
}

/** All parts of a server that listens. */
interface Parts {
  readonly config: Config;
  readonly events: Events;
  readonly lifecycle: Lifecycle;
  readonly serving: Serving;
  readonly control: ModelControl;
  readonly fetcher: UrlFetcher;
  readonly traffic: OpenTraffic;
  readonly authentication: OpenAuthentication;
  readonly app: App;
  readonly verbosity: Verbosity;
  readonly tracing: Tracing | undefined;
  readonly renewal: Renewal | undefined;
  readonly redis: ApplicationParts['redis'];
  readonly audit: Audit | undefined;
  readonly quality: OpenQuality;
}

/**
 * Starts a server and resolves when it is ready: the default model is loaded and warmed up. Other models are loaded while
 * it serves.
 * @throws StartError
 */
export async function startServer(config: Config, overrides: Overrides = {}): Promise<Server> {
  const startedAt = clock.now();
  const metrics = createMetrics(config.metricsCompat);
  metrics.buildInfo.set({ version: VERSION, node: process.version }, 1);
  const log = createLog({
    level: config.logLevel,
    dropped: () => metrics.logLinesDropped.inc(),
    ...(overrides.write && { write: overrides.write }),
  });
  const audit = auditOf(config, log, metrics);
  const events = new Events(log, metrics, config, audit);
  const { cores, coresFrom, memoryBytes, memoryFrom } = readMachine();
  events.server.starting({
    cores,
    cores_from: coresFrom,
    memory_bytes: memoryBytes,
    memory_from: memoryFrom,
    version: VERSION,
    node: process.version,
    workers: config.workers,
    models: config.models,
  });

  warnOfUnsafe(config, events);

  const tracing = await openTracing(config, clock, events.traces);
  const verbosity = new Verbosity(log, (...change) => events.server.logLevelChanged(...change));
  const telemetry = { metrics, events, verbosity, tracing, audit };
  const givenUp = (error: unknown): never => {
    events.server.startFailed();
    audit?.close();
    return rethrown(error);
  };
  const parts = await assemble(config, telemetry, overrides.workerFile ?? WORKER_FILE).catch(givenUp);
  const { app, serving, lifecycle } = parts;
  try {
    await serving.prepare();
    const port = app.listen(config.host, config.port);
    const server = new Server(port, parts);
    events.server.listening(server.url);
    await serving.start();
    lifecycle.started();
    const startMs = clock.now() - startedAt;
    // Logged only after the caller has installed its signal handlers: a reader of this line may send a signal at once.
    setImmediate(() => events.server.ready(startMs));
    void serving.loadRest();
    parts.control.start();
    return server;
  } catch (error) {
    await close(parts);
    return givenUp(error);
  }
}

type Telemetry = Pick<ApplicationParts, 'metrics' | 'events' | 'verbosity'> &
  Pick<Parts, 'tracing' | 'audit'>;

/** Checks the configuration and the repository, and creates the parts; starts nothing. */
async function assemble(config: Config, telemetry: Telemetry, workerFile: URL): Promise<Parts> {
  const { metrics, events, verbosity, tracing, audit } = telemetry;
  const cacheFault = faultOfCache(config.cacheDir);
  if (cacheFault !== undefined) events.server.cacheUnusable(config.cacheDir, cacheFault);
  limitHeaders(config.maxHeaderBytes);
  const uws = loadUws(config.cacheDir);
  const trust = trustOf(config, (labels, kind, reason) => events.models.untrusted(labels, kind, reason));
  const look = (): Promise<Look> => lookAt(config.models, config.modelName, trust);
  const first = await look();
  const repository = onlyNamed(first.repository, config.loadAtStart);
  const defaultModel = chooseDefaultModel(repository, config.defaultModel ?? config.modelName);
  const lifecycle = new Lifecycle(clock);
  const fetcher = fetcherOf(config);
  const tracer = tracing?.tracer;
  const cache = cacheOf(config, events);
  const crashes = crashesOf(config, first.repository, events);
  const serving = new Serving(repository, defaultModel.name, {
    config,
    crashes,
    clock,
    events,
    workerFile,
    tracer,
    unloaded: (instance) => cache?.forget(instance),
  });
  const traffic = openTraffic(serving.catalogue, {
    clock,
    events: events.traffic,
    buffers: new BodyBuffers(),
  });
  const { modelControl: mode, modelPollMs: pollMs } = config;
  const control = new ModelControl({ mode, pollMs, clock, events: events.models, serving, look, first });
  const quality = openQuality(config, { clock, events, catalogue: serving.catalogue });
  const authentication = await openAuthentication(config, clock, events.authentication);
  const redis = await openRedis(config, clock, events.limits);
  const shown = { config, events, lifecycle, serving, control, fetcher, traffic, verbosity, quality };
  const asked = { authentication, redis, audit };
  const renewal = renewalOf(config, clock, events.tls);
  try {
    const app = applicationOf(uws, { ...shown, ...asked, metrics, cache, tracer, tls: renewal?.current });
    renewal?.into((credentials) => app.renew(credentials));
    return { ...shown, ...asked, app, tracing, renewal };
  } catch (error) {
    renewal?.close();
    redis?.close();
    authentication.close();
    await quality.close();
    throw error;
  }
}

/** A server that is ready. */
export class Server {
  readonly port: number;
  readonly url: string;
  readonly #parts: Parts;
  #stopped: Promise<boolean> | undefined;

  constructor(port: number, parts: Parts) {
    this.port = port;
    const scheme = parts.renewal === undefined ? 'http' : 'https';
    this.url = `${scheme}://${parts.config.host.includes(':') ? `[${parts.config.host}]` : parts.config.host}:${port}`;
    this.#parts = parts;
  }

  /** Names of all models. */
  get models(): readonly string[] {
    return this.#parts.serving.catalogue.models.map(({ name }) => name);
  }

  get defaultModel(): string {
    return this.#parts.serving.defaultModel;
  }

  /** Turns level DEBUG on, or back to the configured level. `by`: who asked, for the log. */
  toggleDebug(by: string): void {
    this.#parts.verbosity.toggleDebug(by);
  }

  /** Logs that a signal does nothing. */
  ignore(signal: string): void {
    this.#parts.events.server.signalIgnored(signal);
  }

  /**
   * Drains and closes the server; accepted requests are finished. Resolves with false when the deadline has passed first:
   * batches are then still running, and ending their threads would abort the process. A second call skips draining.
   */
  stop(reason: string): Promise<boolean> {
    if (this.#stopped !== undefined) this.#parts.lifecycle.hurry();
    this.#stopped ??= this.#drain(reason);
    return this.#stopped;
  }

  async #drain(reason: string): Promise<boolean> {
    const { config, events, lifecycle, serving, control, traffic, app } = this.#parts;
    events.server.stopRequested(reason, config.drainDeadlineMs);
    control.stop();
    traffic.close();
    serving.stopLoading();
    const idle = (): boolean => app.openRequests === 0 && !serving.busy;
    const clean = await lifecycle.drain(config.drainDeadlineMs, { idle });
    if (clean) await close(this.#parts);
    else await giveUp(this.#parts);
    events.server.stopped(clean);
    this.#parts.audit?.close();
    return clean;
  }
}

/**
 * Milliseconds that a stop waits for connections to close: an answer may still be on its way to a slow client, which looks
 * the same as an idle connection.
 */
const LINGER_MS = 500;

/** Milliseconds in which answers that are made at the deadline are written to their sockets. */
const ANSWERED_MS = 25;

/** Answers who still waits, as far as that is for a worker. */
async function giveUp({ serving, tracing, quality }: Parts): Promise<void> {
  serving.giveUp();
  await new Promise<void>((resolve) => void clock.after(ANSWERED_MS, resolve));
  await quality.close();
  await tracing?.close();
}

async function close({
  app,
  fetcher,
  serving,
  control,
  traffic,
  authentication,
  tracing,
  renewal,
  redis,
  quality,
}: Parts): Promise<void> {
  control.stop();
  renewal?.close();
  traffic.close();
  await app.stopListening();
  const until = clock.now() + LINGER_MS;
  while (app.connections > 0 && clock.now() < until) {
    await new Promise<void>((resolve) => void clock.after(10, resolve));
  }
  app.close();
  redis?.close();
  authentication.close();
  await fetcher.close();
  await serving.close();
  await quality.close();
  await tracing?.close();
}
