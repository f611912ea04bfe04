/**
 * The composition root, which knows every part of the server. Starts the parts in order (check, listen, load, ready) and
 * stops them in order (drain, close, end).
 */
import { systemClock as clock } from '../clock.ts';
import { readMachine } from '../config/machine.ts';
import type { Config } from '../config/schema.ts';
import type { ArtifactWatch } from '../artifacts/watch.ts';
import { auditOf } from './audit.ts';
import { rethrown } from './expected-errors.ts';
import { WORKER_FILE } from '../pool/pool.ts';
import { warnOfUnsafe } from './self-check.ts';
import { Events } from '../telemetry/events/events.ts';
import { createLog, type LogSettings } from '../telemetry/log/log.ts';
import { createMetrics } from '../telemetry/metrics/metrics.ts';
import { openTracing } from '../telemetry/trace/open.ts';
import { Verbosity } from '../telemetry/log/verbosity.ts';
import { VERSION } from '../version.ts';
import { assemble, type Parts } from './assemble.ts';

export interface Overrides {
  /** Replaces the module of the workers, in tests of worker failures. */
  readonly workerFile?: URL;
  /** Receives the log lines instead of stdout. */
  readonly write?: LogSettings['write'];
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
  const audit = await auditOf(config, log, metrics);
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
  const artifacts = await artifactsOf(config, events).catch(givenUp);
  const assembled = assemble(config, telemetry, overrides.workerFile ?? WORKER_FILE);
  const parts: Running = await assembled.then(
    (made) => ({ ...made, artifacts }),
    async (error: unknown) => {
      await artifacts?.stop();
      return givenUp(error);
    },
  );
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
    artifacts?.start((models) => parts.control.refresh(models));
    return server;
  } catch (error) {
    await close(parts);
    return givenUp(error);
  }
}

/** The parts, with what pulls models; undefined where nothing does. */
type Running = Parts & { readonly artifacts: ArtifactWatch | undefined };

/** Pulls the models. Who pulls nothing does not load what does. */
async function artifactsOf(config: Config, events: Events): Promise<Running['artifacts']> {
  if (config.artifactsUrl === undefined) return undefined;
  const { pulledArtifacts } = await import('./artifacts.ts');
  return pulledArtifacts(config, config.artifactsUrl, events.artifacts);
}

/** A server that is ready. */
export class Server {
  readonly port: number;
  readonly url: string;
  readonly #parts: Running;
  #stopped: Promise<boolean> | undefined;

  constructor(port: number, parts: Running) {
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
    const { config, events, lifecycle, serving, control, artifacts, traffic, app } = this.#parts;
    events.server.stopRequested(reason, config.drainDeadlineMs);
    void artifacts?.stop();
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
  outside,
  serving,
  control,
  traffic,
  authentication,
  tracing,
  renewal,
  limits,
  quality,
  artifacts,
}: Running): Promise<void> {
  await artifacts?.stop();
  control.stop();
  renewal?.close();
  traffic.close();
  await app.stopListening();
  const until = clock.now() + LINGER_MS;
  while (app.connections > 0 && clock.now() < until) {
    await new Promise<void>((resolve) => void clock.after(10, resolve));
  }
  app.close();
  limits?.close();
  authentication.close();
  await outside.close();
  await serving.close();
  await quality.close();
  await tracing?.close();
}
