/**
 * Loads, serves and unloads model versions: the catalogue of all versions, the pool with their sessions, and the scheduler
 * of their queues. Versions are added and removed while others serve. Contains no HTTP, so that the command line can use
 * it.
 */
import { Batcher } from '../batcher/batcher.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { CostModel, maxBatchMsOf } from '../cost/cost-model.ts';
import { mergeWarmUps } from '../cost/warm-up.ts';
import { ServingError } from '../errors.ts';
import { Pool, type Measured } from '../pool/pool.ts';
import type { ModelTask } from '../pool/worker.ts';
import { labelMisfit } from '../repository/consistency.ts';
import { verifyDigest } from '../repository/digest.ts';
import { ModelError } from '../repository/model-error.ts';
import { foldersWithoutVersion } from '../repository/misplaced/passed-over.ts';
import type { ModelEntry, Repository, ScanWarning, VersionEntry } from '../repository/repository.ts';
import { Scheduler, type SchedulerEvents } from '../scheduler/scheduler.ts';
import type { BatchRecord } from '../scheduler/recent-batches.ts';
import { rowOf } from '../tensor/tensor.ts';
import type { Events } from '../telemetry/events/events.ts';
import type { Tracer } from '../telemetry/trace/tracer.ts';
import { Catalogue } from './catalogue.ts';
import { Intake } from './intake.ts';
import { ModelVersion } from './model-version.ts';
import { loadTaskOf, queueSettingsOf, rememberedCaps, settingsOf, unreadable } from './settings.ts';

/** Milliseconds between two checks of close() whether a load is still running. */
const POLL_MS = 10;

export interface ServingSettings {
  readonly config: Config;
  readonly clock: Clock;
  readonly events: Pick<Events, 'batches' | 'models' | 'workers'>;
  /** The module that worker threads run. */
  readonly workerFile: URL;
  readonly tracer?: Tracer | undefined;
  /** Called with the instance of a version that is gone: no request holds it any more. */
  readonly unloaded?: (instance: number) => void;
}

export class Serving {
  readonly catalogue = new Catalogue();
  readonly pool: Pool;
  /** Name of the model for requests that name none. */
  readonly defaultModel: string;
  /** Folders that the scan has skipped, with reasons. */
  readonly warnings: readonly ScanWarning[];
  readonly #settings: ServingSettings;
  readonly #scheduler: Scheduler;
  readonly #intake: Intake;
  #instances = 0;
  /** Settles with the last load or unload: they run one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #changes = 0;
  #stopping = false;

  /** `defaultModel`: the name of one of the repository's models. */
  constructor(repository: Repository, defaultModel: string, settings: ServingSettings) {
    const { config, clock, events, workerFile, tracer } = settings;
    this.#settings = settings;
    this.defaultModel = defaultModel;
    this.pool = new Pool(
      { ...config, file: workerFile },
      clock,
      events.workers,
      () => this.#scheduler.wake(),
      (instance, error) => this.#lost(instance, error),
    );
    this.#scheduler = new Scheduler(this.pool.workers, config, clock, reports(events, tracer));
    this.#intake = new Intake(this.#scheduler, clock, setImmediate);
    for (const entry of repository.models) for (const file of entry.versions) this.#enter(entry, file);
    for (const { name, reason } of repository.unavailable) {
      this.#unavailable(this.#enterUnreadable(name), reason);
    }
    for (const { folder, reason } of repository.warnings) events.models.passedOver(folder, reason);
    for (const { name, reason } of foldersWithoutVersion(repository)) {
      this.#enterUnreadable(name).unavailable(reason);
    }
    this.warnings = repository.warnings;
  }

  /** The version for requests that name neither model nor version. */
  get defaultVersion(): ModelVersion {
    const { versions, defaultVersion } = this.catalogue.model(this.defaultModel)!;
    return versions.find(({ version }) => version === defaultVersion)!;
  }

  /** The last batches, newest first. */
  get batches(): readonly BatchRecord[] {
    return this.#scheduler.recent.batches;
  }

  /** Whether a thread runs onnxruntime, for a batch or a load: ending it then would abort the process. */
  get busy(): boolean {
    return this.pool.busy || this.pool.loading;
  }

  /**
   * Starts the threads, and meanwhile compares every file with its digest. A version whose digest differs is unavailable.
   * @throws ModelError when it is the default version
   */
  async prepare(): Promise<void> {
    const { defaultVersion } = this;
    const verify = async (version: ModelVersion): Promise<void> => {
      if (version.source === undefined) return;
      await verifyDigest(version.source.file).catch((error: unknown) => {
        if (version === defaultVersion) throw error;
        this.#unavailable(version, error);
      });
    };
    const done = await Promise.allSettled([
      Promise.all(this.catalogue.versions.map(verify)),
      this.pool.start(),
    ]);
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  }

  /** Loads the default version. @throws ServingError MODEL_UNAVAILABLE */
  async start(): Promise<void> {
    const first = this.defaultVersion;
    await this.#load(first, (task) => this.pool.load(task));
    if (first.state !== 'unavailable') return;
    throw new ServingError('MODEL_UNAVAILABLE', first.reason ?? 'The default model cannot be loaded.');
  }

  /** Loads all versions that are still waiting, one after the other, while requests are served. */
  async loadRest(): Promise<void> {
    const waiting = this.catalogue.versions.filter(({ state }) => state === 'waiting');
    await Promise.all(waiting.map((version) => this.#loadBeside(version)));
  }

  /** Adds a version and loads it while others serve. Resolves when it is ready or unavailable. */
  async add(entry: ModelEntry, file: VersionEntry): Promise<ModelVersion> {
    const version = this.#enter(entry, file);
    await this.#loadBeside(version);
    return version;
  }

  /**
   * Removes a version: requests no longer find it, and it is unloaded when its last lease has been released. A second call
   * does nothing. @throws Error for the version that is the default of its model
   */
  async remove(version: ModelVersion): Promise<void> {
    const model = this.catalogue.model(version.name);
    if (model === undefined || !model.versions.includes(version)) return;
    if (model.versions.length > 1 && model.defaultVersion === version.version) {
      if (!this.#hasReplacement(version))
        throw new Error(`Version ${version.version} is the default of model ${version.name}.`);
    }
    this.catalogue.remove(version);
    await version.unused();
    await this.#inTurn(async () => {
      const { source, queue, labels } = version;
      if (queue !== undefined) this.#scheduler.remove(queue.batcher);
      // Each worker unloads it after the batches that it holds.
      if (source !== undefined) {
        await this.pool.unload(source.instance);
        this.#settings.unloaded?.(source.instance);
      }
      if (!this.#hasReplacement(version)) this.#settings.events.models.removed(labels);
    });
  }

  /** Starts no further loads. */
  stopLoading(): void {
    this.#stopping = true;
  }

  /** Ends the worker threads, after the loads and batches that run in them. */
  async close(): Promise<void> {
    const { clock } = this.#settings;
    this.stopLoading();
    // When a load has failed in one thread, it may still be running in others.
    while (this.busy) await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
    await this.pool.close();
  }

  #enter(entry: ModelEntry, file: VersionEntry): ModelVersion {
    const { sloP99Ms } = this.#settings.config;
    const source = { entry, file, instance: this.#instances++ };
    const version = new ModelVersion(settingsOf(entry, file, sloP99Ms), source);
    this.catalogue.add(version, entry.defaultVersion);
    return version;
  }

  /** Adds a model that cannot be used, so that it is shown with a reason. */
  #enterUnreadable(name: string): ModelVersion {
    const version = new ModelVersion(unreadable(name, this.#settings.config.sloP99Ms));
    this.catalogue.add(version, version.version);
    return version;
  }

  /** Whether another version has its model and its number: the one that replaces it when its files have changed. */
  #hasReplacement(version: ModelVersion): boolean {
    const versions = this.catalogue.model(version.name)?.versions ?? [];
    return versions.some((one) => one !== version && one.version === version.version);
  }

  #loadBeside(version: ModelVersion): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#stopping) return;
      await this.#load(version, (task) => this.pool.loadBeside(task, maxBatchMsOf(version.settings.sloMs)));
    });
  }

  async #load(version: ModelVersion, load: (task: ModelTask) => Promise<Measured>): Promise<void> {
    const { config, clock, events } = this.#settings;
    const { source, labels } = version;
    const start = clock.now();
    version.loading();
    events.models.loading(labels);
    try {
      const task = loadTaskOf(source!, config);
      const measured = await load(task);
      this.#open(version, task, measured);
      const { provider, fallbackReason } = measured.report;
      events.models.ready(labels, provider, clock.now() - start, fallbackReason);
    } catch (error) {
      await this.pool.unload(source!.instance); // For labels that do not fit; a failed load is unloaded already.
      this.#unavailable(version, error);
    }
    this.#scheduler.wake(); // Loading may have kept workers from taking batches.
  }

  /** Makes the queue of a version that every worker has. @throws ModelError when the labels do not fit the outputs */
  #open(version: ModelVersion, task: ModelTask, { report, warmUps }: Measured): void {
    const { config, clock, events } = this.#settings;
    const { entry } = version.source!;
    const misfit = labelMisfit(entry.labels, report.outputs.map(rowOf));
    if (misfit !== undefined) throw new ModelError(`model.json#${misfit}`);
    const { sloMs, preprocess } = version.settings;
    const { maxBatchSize } = report;
    const warmUp = mergeWarmUps(warmUps);
    const costs = new CostModel({ warmUp, maxBatchSize, sloMs, resize: preprocess?.resize });
    if (task.warmUpTo === undefined) {
      rememberedCaps(config).remember(task, { cap: costs.payingRows, joins: report.joins });
    }
    const batcher = new Batcher(queueSettingsOf(version.source!, config), costs, clock, events.batches);
    this.#scheduler.add(batcher);
    version.ready(report, { batcher, intake: this.#intake });
  }

  /** Runs loads and unloads one after the other; ends the thread that loads after the last one. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    this.#changes++;
    const run = async (): Promise<void> => {
      try {
        await task();
      } finally {
        if (--this.#changes === 0) await this.pool.closeLoader();
      }
    };
    const done = this.#last.then(run, run);
    this.#last = done;
    return done;
  }

  /** A version that served cannot be loaded into a worker that replaces a dead one. */
  #lost(instance: number, error: unknown): void {
    const version = this.catalogue.versions.find(({ source }) => source?.instance === instance);
    if (version?.state === 'ready') this.#unavailable(version, error);
  }

  #unavailable(version: ModelVersion, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    version.unavailable(reason);
    this.#settings.events.models.unavailable(version.labels, reason);
  }
}

const reports = ({ batches }: Pick<Events, 'batches'>, tracer: Tracer | undefined): SchedulerEvents => ({
  batchDispatched: ({ labels }, { rows, reason, width }) => batches.dispatched(labels, rows, reason, width),
  batchDone: ({ labels }, { rows }, timings) => batches.done(labels, rows, timings),
  batchFailed: ({ labels }, failure) => batches.failed(labels, failure),
  ...(tracer && { traceBatch: (record, { entries }) => tracer.batch(record, entries) }),
});
