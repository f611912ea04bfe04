/**
 * Loads, serves and unloads model versions: the catalogue of all versions, the pool with their sessions, and the scheduler
 * of their queues. Versions are added and removed while others serve. Contains no HTTP, so that the command line can use
 * it.
 */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { maxBatchMsOf } from '../cost/cost-model.ts';
import { ServingError } from '../errors.ts';
import { Pool, type Measured } from '../pool/pool.ts';
import type { Examination } from '../pool/run-one.ts';
import type { ModelTask } from '../pool/worker.ts';
import { verifyDigest } from '../repository/digest.ts';
import { foldersWithoutVersion } from '../repository/misplaced/passed-over.ts';
import type { ModelEntry, Repository, ScanWarning, VersionEntry } from '../repository/repository.ts';
import { Scheduler, type SchedulerEvents } from '../scheduler/scheduler.ts';
import type { BatchRecord } from '../scheduler/recent-batches.ts';
import type { Events } from '../telemetry/events/events.ts';
import type { Tracer } from '../telemetry/trace/tracer.ts';
import { Catalogue } from './catalogue.ts';
import { goldenOf } from './golden.ts';
import { Intake } from './intake.ts';
import { ModelVersion, UNKNOWN_VERSION, type Signature } from './model-version.ts';
import { batcherOf } from './queue-of.ts';
import { loadTaskOf, settingsOf, unreadable } from './settings.ts';
import { Turns } from './turns.ts';

/** Each refuses a version that has been loaded, by throwing. */
export interface Checks {
  /** Sees what it takes and returns, before any worker has it. */
  readonly signature: (signature: Pick<Signature, 'inputs' | 'outputs'>) => void;
  /** Sees whether its files are still the same, after every worker has it. */
  readonly files: () => Promise<void>;
}

/** The thread that loads ends when nothing was loaded for this many milliseconds: models often change together. */
const LOADER_LINGERS_MS = 2000;

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
  readonly #leaving = new Set<ModelVersion>();
  #instances = 0;
  /** Loads and unloads run one after the other. */
  readonly #turns: Turns;
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
    this.#turns = new Turns(clock, LOADER_LINGERS_MS, () => void this.pool.closeLoader());
    this.#intake = new Intake(this.#scheduler, clock, setImmediate);
    for (const entry of repository.models) {
      for (const file of entry.versions) this.catalogue.add(this.enter(entry, file), entry.defaultVersion);
    }
    for (const { name, reason } of repository.unavailable) {
      this.catalogue.add(this.enterUnreadable(name, reason), UNKNOWN_VERSION);
    }
    for (const { folder, reason } of repository.warnings) events.models.passedOver(folder, reason);
    for (const { name, reason } of foldersWithoutVersion(repository)) {
      const version = new ModelVersion(unreadable(name, config.sloP99Ms));
      version.unavailable(reason);
      this.catalogue.add(version, UNKNOWN_VERSION);
    }
    this.warnings = repository.warnings;
  }

  /** The version for requests that name neither model nor version; undefined while its model is unloaded. */
  get defaultVersion(): ModelVersion | undefined {
    const model = this.catalogue.model(this.defaultModel);
    return model?.versions.find(({ version }) => version === model.defaultVersion);
  }

  /** Versions that requests no longer find, and that are not unloaded yet. */
  get leaving(): readonly ModelVersion[] {
    return [...this.#leaving];
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
    const first = this.defaultVersion!;
    await this.#load(first, (task, golden) => this.pool.load(task, golden));
    if (first.state !== 'unavailable') return;
    throw new ServingError('MODEL_UNAVAILABLE', first.reason ?? 'The default model cannot be loaded.');
  }

  /** Loads all versions that are still waiting, one after the other, while requests are served. */
  async loadRest(): Promise<void> {
    const waiting = this.catalogue.versions.filter(({ state }) => state === 'waiting');
    await Promise.all(waiting.map((version) => this.load(version)));
  }

  /** A version of these files, not loaded, and not found by requests until replace() has put it among the others. */
  enter(entry: ModelEntry, file: VersionEntry): ModelVersion {
    const source = { entry, file, instance: this.#instances++ };
    return new ModelVersion(settingsOf(entry, file, this.#settings.config.sloP99Ms), source);
  }

  /** A model that cannot be used, so that it is shown with a reason. */
  enterUnreadable(name: string, reason: string): ModelVersion {
    const version = new ModelVersion(unreadable(name, this.#settings.config.sloP99Ms));
    this.#unavailable(version, reason);
    return version;
  }

  /**
   * Compares a version with its digest, loads it while others serve, and asks its golden samples. Resolves when it is ready
   * or unavailable.
   */
  load(version: ModelVersion, checks?: Checks): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#stopping) return version.unavailable('The server is shutting down.');
      const longestMs = maxBatchMsOf(version.settings.sloMs);
      await this.#load(version, async (task, golden) => {
        await verifyDigest(version.source!.file);
        const examine: Examination = async (report, run) => {
          checks?.signature(report);
          await golden?.(report, run);
        };
        const measured = await this.pool.loadBeside(task, longestMs, checks === undefined ? golden : examine);
        await checks?.files();
        return measured;
      });
    });
  }

  /**
   * Gives a model these versions and this default, in one step; without versions requests no longer find it. Resolves
   * when those that are no longer among them have been unloaded: each after its last lease has been released.
   */
  async replace(name: string, versions: readonly ModelVersion[], defaultVersion: string): Promise<void> {
    const before = this.catalogue.model(name)?.versions ?? [];
    this.catalogue.replace(name, versions, defaultVersion);
    await Promise.all(before.filter((one) => !versions.includes(one)).map((one) => this.#release(one)));
  }

  /** Starts no further loads. */
  stopLoading(): void {
    this.#stopping = true;
  }

  /** Ends the worker threads, after the loads and batches that run in them. */
  async close(): Promise<void> {
    const { clock } = this.#settings;
    this.stopLoading();
    this.#turns.stop();
    // When a load has failed in one thread, it may still be running in others.
    while (this.busy) await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
    await this.pool.close();
  }

  async #release(version: ModelVersion): Promise<void> {
    this.#leaving.add(version);
    await version.unused();
    await this.#turns.run(async () => {
      const { source, queue, labels } = version;
      if (queue !== undefined) this.#scheduler.remove(queue.batcher);
      // Each worker unloads it after the batches that it holds.
      if (source !== undefined) {
        await this.pool.unload(source.instance);
        this.#settings.unloaded?.(source.instance);
      }
      this.#leaving.delete(version);
      if (this.#twin(version) === undefined) this.#settings.events.models.removed(labels);
    });
  }

  /** Another version of its model under its number, which has the same metrics. */
  #twin(version: ModelVersion): ModelVersion | undefined {
    const versions = this.catalogue.model(version.name)?.versions ?? [];
    return versions.find((one) => one !== version && one.version === version.version);
  }

  /** `load` is given what the golden samples of the version ask; undefined where it has none. */
  async #load(
    version: ModelVersion,
    load: (task: ModelTask, golden: Examination | undefined) => Promise<Measured>,
  ): Promise<void> {
    const { config, clock, events } = this.#settings;
    const { source, labels } = version;
    const start = clock.now();
    version.loading();
    if (this.#twin(version)?.state !== 'ready') events.models.loading(labels);
    try {
      const task = loadTaskOf(source!, config);
      const measured = await load(task, await goldenOf(source!));
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
  #open(version: ModelVersion, task: ModelTask, measured: Measured): void {
    const batcher = batcherOf(version.source!, version.settings, task, measured, this.#settings);
    this.#scheduler.add(batcher);
    version.ready(measured.report, { batcher, intake: this.#intake });
  }

  /** A version that served cannot be loaded into a worker that replaces a dead one. */
  #lost(instance: number, error: unknown): void {
    const version = this.catalogue.versions.find(({ source }) => source?.instance === instance);
    if (version?.state === 'ready') this.#unavailable(version, error);
  }

  #unavailable(version: ModelVersion, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    version.unavailable(reason);
    const { models } = this.#settings.events;
    if (this.#twin(version)?.state === 'ready') models.refused(version.labels, reason);
    else models.unavailable(version.labels, reason);
  }
}

const reports = ({ batches }: Pick<Events, 'batches'>, tracer: Tracer | undefined): SchedulerEvents => ({
  batchDispatched: ({ labels }, { rows, reason, width }) => batches.dispatched(labels, rows, reason, width),
  batchDone: ({ labels }, { rows }, timings) => batches.done(labels, rows, timings),
  batchFailed: ({ labels }, failure) => batches.failed(labels, failure),
  ...(tracer && { traceBatch: (record, { entries }) => tracer.batch(record, entries) }),
});
