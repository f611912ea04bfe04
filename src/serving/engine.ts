/**
 * Models that run: the repository's versions, the pool that holds their sessions, a batcher for each and the
 * scheduler over all. Everything of the server that is not HTTP; the command line uses it without HTTP.
 */
import type { Payload } from '../batcher/entry.ts';
import type { Submission } from '../batcher/submission.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { CostModel } from '../cost/cost-model.ts';
import { ServingError } from '../errors.ts';
import { Intake } from './intake.ts';
import { Pool } from '../pool/pool.ts';
import { verifyDigest } from '../repository/digest.ts';
import { ModelVersion } from './model-version.ts';
import type { Repository } from '../repository/repository.ts';
import type { Forecast } from '../scheduler/forecast.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import type { Footprint } from '../scheduler/trail.ts';
import { Served } from './served.ts';
import type { Events } from '../telemetry/events.ts';
import type { RequestTrace } from '../telemetry/trace/request-trace.ts';
import type { Tracer } from '../telemetry/trace/tracer.ts';

/** How often closing looks whether the last load is over. */
const POLL_MS = 10;

export interface EngineSettings {
  readonly config: Config;
  readonly clock: Clock;
  readonly events: Events;
  /** The module that worker threads run. */
  readonly workerFile: URL;
  readonly tracer?: Tracer | undefined;
}

export class Engine {
  readonly pool: Pool;
  readonly #settings: EngineSettings;
  readonly #scheduler: Scheduler;
  readonly #intake: Intake;
  readonly #served: readonly Served[];
  readonly #byModel: ReadonlyMap<ModelVersion, Served>;
  readonly #unservable: readonly ModelVersion[];
  readonly #defaultModel: string;
  #stopping = false;

  /** `defaultModel`: the name of one of the repository's models. */
  constructor(repository: Repository, defaultModel: string, settings: EngineSettings) {
    const { config, clock, events, workerFile } = settings;
    this.#settings = settings;
    this.#defaultModel = defaultModel;
    this.#unservable = repository.unavailable.map(({ name, reason }) => unservable(name, reason, config));
    this.#served = repository.models
      .flatMap((entry) => entry.versions.map((file) => ({ entry, file })))
      .map(({ entry, file }, instance) => new Served(entry, file, instance, config));
    this.#byModel = new Map(this.#served.map((served) => [served.model, served]));
    this.pool = new Pool({ ...config, file: workerFile }, clock, events, () => this.#scheduler.wake());
    this.#scheduler = new Scheduler(this.pool.workers, config, clock);
    this.#intake = new Intake(this.#scheduler, clock, setImmediate);
  }

  /** Every version that was found, whatever its state. */
  get models(): readonly ModelVersion[] {
    return [...this.#served.map(({ model }) => model), ...this.#unservable];
  }

  /** The version that answers when a request names neither model nor version. */
  get defaultVersion(): ModelVersion {
    return this.find();
  }

  /**
   * Starts the threads, and meanwhile compares every file with its digest.
   * @throws ModelError when the default version is not what its model.json says
   */
  async prepare(): Promise<void> {
    const done = await Promise.allSettled([this.#verify(), this.pool.start()]);
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  }

  /** Loads the default version. @throws ServingError MODEL_UNAVAILABLE */
  async start(): Promise<void> {
    const first = this.#byModel.get(this.defaultVersion)!;
    await this.#load(first, false);
    if (first.model.state === 'unavailable') {
      throw new ServingError(
        'MODEL_UNAVAILABLE',
        first.model.reason ?? 'The default model cannot be loaded.',
      );
    }
  }

  /** Loads every version that is still waiting, one after the other, while requests are served. */
  async loadRest(): Promise<void> {
    for (const served of this.#served) {
      if (this.#stopping) return;
      if (served.model.state === 'waiting') await this.#load(served, true);
    }
  }

  /** Begins to load no further version. */
  stopLoading(): void {
    this.#stopping = true;
  }

  /** Whether a thread is inside onnxruntime, for a batch or for a load: ending it there aborts the process. */
  get busy(): boolean {
    return this.pool.busy || this.pool.workers.some(({ state }) => state === 'loading');
  }

  /** By name and version (a number or a label), or the defaults. @throws ServingError MODEL_NOT_FOUND */
  find(name: string = this.#defaultModel, version?: string): ModelVersion {
    const broken = this.#unservable.find((model) => model.name === name);
    if (broken !== undefined) return broken;
    const versions = this.#served.filter(({ model }) => model.name === name);
    if (versions.length === 0) throw new ServingError('MODEL_NOT_FOUND', `There is no model ${name}.`);
    const wanted = version ?? versions[0]!.entry.defaultVersion;
    const found = versions.find(
      ({ model }) => model.version === wanted || model.settings.versionLabels.includes(wanted),
    );
    if (found === undefined) {
      throw new ServingError('MODEL_NOT_FOUND', `Model ${name} has no version ${wanted}.`);
    }
    return found.model;
  }

  /** Whether the queue of a version that is ready takes that many more rows. */
  hasRoomFor(model: ModelVersion, rows: number): boolean {
    return this.#byModel.get(model)?.taking?.batcher.hasRoomFor(rows) ?? false;
  }

  queuedRows(model: ModelVersion): number {
    return this.#byModel.get(model)?.taking?.batcher.queuedRows ?? 0;
  }

  /** Rows of the largest batch of a version that is ready, and that pays. */
  batchCap(model: ModelVersion): number {
    return this.#byModel.get(model)?.taking?.costs.cap ?? 1;
  }

  /** What is known of the costs of a version that has been loaded. */
  costsOf(model: ModelVersion): ModelCosts | undefined {
    const taking = this.#byModel.get(model)?.taking;
    return taking === undefined ? undefined : { costs: taking.costs, ...this.forecast(model) };
  }

  /** The last batches, newest first. */
  get batches(): readonly Footprint[] {
    return this.#scheduler.trail.batches;
  }

  /** When the work (or one request of the usual kind) would start and be done on a version that is ready. */
  forecast(model: ModelVersion, payloads?: readonly Payload[]): Forecast & { readonly error: number } {
    return this.#intake.forecast(this.#byModel.get(model)!.taking!, payloads);
  }

  /** Predicted worker milliseconds of the work (or of one request of the usual kind); 0 for a version without costs. */
  workMs(model: ModelVersion, payloads?: readonly Payload[]): number {
    const taking = this.#byModel.get(model)?.taking;
    return taking === undefined ? 0 : this.#intake.workMs(taking, payloads);
  }

  /**
   * Queues work for a version that is ready and has room, and sends out what can leave. `deadlineAt`: the client's own,
   * on the clock; without one the work is worth doing while the objective of the model can be met.
   */
  submit(
    model: ModelVersion,
    payloads: readonly Payload[],
    deadlineAt: number | undefined,
    trace?: RequestTrace,
  ): Submission {
    return this.#intake.submit(this.#byModel.get(model)!.taking!, payloads, deadlineAt, trace);
  }

  /** Ends the worker threads; the caller has seen that none of them runs a batch. Loads are waited for. */
  async close(): Promise<void> {
    const { clock } = this.#settings;
    this.stopLoading();
    // When a load has failed in one thread, the others may still be in the middle of it.
    while (this.busy) await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
    await this.pool.close();
  }

  /**
   * Compares every file with the digest that its model.json declares. A version that differs is unavailable.
   * @throws ModelError when it is the default version.
   */
  async #verify(): Promise<void> {
    const { defaultVersion } = this;
    const check = async ({ model, file }: Served): Promise<void> => {
      await verifyDigest(file).catch((error: unknown) => {
        if (model === defaultVersion) throw error;
        this.#unavailable(model, error);
      });
    };
    await Promise.all(this.#served.map(check));
  }

  async #load(served: Served, whileServing: boolean): Promise<void> {
    const { config, clock, events } = this.#settings;
    const { model, labels } = served;
    const start = clock.now();
    model.loading();
    events.modelLoading(labels);
    try {
      const task = served.loadTask(config);
      const reports = await this.pool.load(task, whileServing);
      this.#scheduler.add(served.loaded(task, reports, this.#settings));
      const { provider, fallbackReason } = reports[0]!;
      events.modelReady(labels, provider, clock.now() - start, fallbackReason);
    } catch (error) {
      await this.pool.unload(served.instance); // Its labels did not fit, or it is gone already.
      this.#unavailable(model, error);
    }
    this.#scheduler.wake(); // Loading kept a worker from taking batches.
  }

  #unavailable(model: ModelVersion, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    model.unavailable(reason);
    this.#settings.events.modelUnavailable({ model: model.name, version: model.version }, reason);
  }
}

/** What a version costs, and what a request would meet now. */
export interface ModelCosts extends Forecast {
  readonly costs: CostModel;
  readonly error: number;
}

/** A model that the scan has refused: it is shown, with the reason, and cannot be used. */
function unservable(name: string, reason: string, { sloP99Ms }: Config): ModelVersion {
  const model = new ModelVersion({
    name,
    version: 'unknown',
    description: undefined,
    preprocess: undefined,
    labels: undefined,
    versionLabels: [],
    sloMs: sloP99Ms,
  });
  model.unavailable(reason);
  return model;
}
