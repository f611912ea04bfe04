/**
 * Loads, serves and unloads model versions: the catalogue of all versions, the pool with their sessions, and the scheduler
 * of their queues. Versions are added and removed while others serve. Contains no HTTP, so that the command line can use
 * it.
 */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { whyQuarantined, type Crashes } from '../crashes/crashes.ts';
import type { LastCrash } from '../crashes/ledger.ts';
import { ServingError } from '../errors.ts';
import { Pool } from '../pool/pool.ts';
import { verifyDigest } from '../repository/digest.ts';
import type { ModelEntry, Repository, ScanWarning, VersionEntry } from '../repository/repository.ts';
import { Rest, sleepFor } from '../scheduler/rest.ts';
import { Scheduler, type SchedulerEvents } from '../scheduler/scheduler.ts';
import type { BatchRecord } from '../scheduler/recent-batches.ts';
import type { Events } from '../telemetry/events/events.ts';
import type { Tracer } from '../telemetry/trace/tracer.ts';
import { Catalogue } from './catalogue.ts';
import { enterAll } from './enter-all.ts';
import { Intake } from './intake.ts';
import { CPU } from '../thread/device.ts';
import { Lanes } from './lanes/lanes.ts';
import { LOSSES_TO_LEAVE } from './lanes/leave-device.ts';
import { LoopLag } from './loop-lag.ts';
import { Loads, type Checks, type Quarantine } from './loads.ts';
import type { Footprint } from './memory/footprint.ts';
import { OnDemand } from './memory/on-demand.ts';
import { ModelVersion } from './model-version.ts';
import { settingsOf, unreadable } from './settings.ts';

/** Milliseconds between two checks of close() whether a load is still running. */
const POLL_MS = 10;

export interface ServingSettings {
  readonly config: Config;
  readonly clock: Clock;
  readonly events: Pick<Events, 'batches' | 'models' | 'workers'>;
  /** The module that worker threads run. */
  readonly workerFile: URL;
  readonly tracer?: Tracer | undefined;
  readonly crashes?: Crashes | undefined;
  /** Memory of the process; measured where it is left out. */
  readonly footprint?: () => Footprint;
  /** Called with the instance of a version that is gone: no request holds it any more. */
  readonly unloaded?: (instance: number) => void;
  /** Called with a version that is ready, whenever it has been loaded. */
  readonly loaded?: (version: ModelVersion) => void;
}

export class Serving {
  readonly catalogue = new Catalogue();
  readonly pool: Pool;
  /** Loads versions that requests ask for. */
  readonly onDemand: OnDemand;
  /** Name of the model for requests that name none. */
  readonly defaultModel: string;
  /** Folders that the scan has skipped, with reasons. */
  readonly warnings: readonly ScanWarning[];
  /** How long what the event loop handles now may have waited in its socket, in milliseconds. */
  readonly lagMs: () => number;
  readonly #settings: ServingSettings;
  readonly #lanes: Lanes;
  /** Versions that are on their way from their device to the CPU. */
  readonly #moving = new Set<ModelVersion>();
  readonly #loads: Loads;
  #instances = 0;
  #threads: Promise<void> | undefined;

  /** `defaultModel`: the name of one of the repository's models. */
  constructor(repository: Repository, defaultModel: string, settings: ServingSettings) {
    const { config, clock, events, workerFile, tracer, crashes } = settings;
    this.#settings = settings;
    this.defaultModel = defaultModel;
    const lag = new LoopLag(clock, setImmediate, () => performance.nodeTiming.idleTime);
    this.lagMs = () => lag.ms();
    this.pool = new Pool(
      { ...config, file: workerFile, journal: crashes?.journal?.descriptor },
      clock,
      events.workers,
      () => this.#lanes.wake(),
      (instance, error) => this.#lost(instance, error),
    );
    const scheduled = reports(events, tracer, {
      crashed: (instance, signal) => void this.#crashed(instance, signal),
      deviceLost: (instance, losses, detail) => void this.#deviceLost(instance, losses, detail),
    });
    const rest = new Rest({
      longestMs: config.coalesceMs,
      // A device has its own time, and is not to wait for the CPU's.
      backlog: () => (this.#lanes.hasDevices ? undefined : this.#lanes.of(CPU).scheduler.backlog),
      sleep: sleepFor,
      defer: setImmediate,
    });
    this.#lanes = new Lanes((device) => {
      const rests = config.coalesceMs > 0 && device === CPU && { backlogged: () => rest.afterTurn() };
      const scheduler = new Scheduler(this.pool.workersOf(device), config, clock, { ...scheduled, ...rests });
      return { scheduler, intake: new Intake(scheduler, clock, setImmediate, this.lagMs) };
    });
    this.#loads = new Loads({
      ...settings,
      pool: this.pool,
      lanes: this.#lanes,
      twinOf: (version) => this.#twin(version),
      quarantine: crashes && quarantineOf(crashes, () => this.#loadReleased()),
    });
    const { memory } = this.#loads;
    this.onDemand = new OnDemand({ memory, load: (version) => this.#loads.wanted(version) });
    enterAll(this, repository, settings);
    this.warnings = repository.warnings;
  }

  /** The version for requests that name neither model nor version; undefined while its model is unloaded. */
  get defaultVersion(): ModelVersion | undefined {
    const model = this.catalogue.model(this.defaultModel);
    return model?.versions.find(({ version }) => version === model.defaultVersion);
  }

  /** Versions that requests no longer find, and that are not unloaded yet. */
  get leaving(): readonly ModelVersion[] {
    return [...this.#loads.leaving];
  }

  /** The last batches, newest first. */
  get batches(): readonly BatchRecord[] {
    return this.#lanes.batches;
  }

  get lastCrash(): LastCrash | undefined {
    return this.#settings.crashes?.last;
  }

  /** Whether a thread runs onnxruntime, for a batch or a load: ending it then would abort the process. */
  get busy(): boolean {
    return this.pool.busy || this.pool.loading;
  }

  /** Starts the threads, so that they load their code while the main thread loads its own. A second call does nothing. */
  startThreads(): Promise<void> {
    this.#threads ??= this.pool.start();
    this.#threads.catch(() => undefined); // prepare() says it.
    return this.#threads;
  }

  /**
   * Waits for the threads, and meanwhile compares every file with its digest. A version whose digest differs is unavailable.
   * @throws ModelError when it is the default version
   */
  async prepare(): Promise<void> {
    const { defaultVersion } = this;
    const verify = async (version: ModelVersion): Promise<void> => {
      if (version.source === undefined) return;
      await verifyDigest(version.source.file).catch((error: unknown) => {
        if (version === defaultVersion) throw error;
        this.#loads.unavailable(version, error);
      });
    };
    const done = await Promise.allSettled([
      Promise.all(this.catalogue.versions.map(verify)),
      this.startThreads(),
    ]);
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  }

  /** Loads the default version; all others where it is quarantined. @throws ServingError MODEL_UNAVAILABLE */
  async start(): Promise<void> {
    const first = this.defaultVersion!;
    await this.#loads.first(first);
    if (first.quarantined) return this.loadRest(); // The others are to serve all the same.
    if (first.state !== 'unavailable') return;
    throw new ServingError('MODEL_UNAVAILABLE', first.reason ?? 'The default model cannot be loaded.');
  }

  /** Loads all versions that are still waiting and not for a request, one after the other, while requests are served. */
  async loadRest(): Promise<void> {
    const waiting = this.catalogue.versions.filter(
      ({ state, settings: { onDemand } }) => state === 'waiting' && !onDemand,
    );
    await Promise.all(waiting.map((version) => this.load(version)));
  }

  /** A version of these files, not loaded, and not found by requests until replace() has put it among the others. */
  enter(entry: ModelEntry, file: VersionEntry): ModelVersion {
    const source = { entry, file, instance: this.#instances++ };
    const { instance } = source;
    this.#settings.crashes?.journal?.enter({ instance, model: entry.name, version: file.version });
    return new ModelVersion(settingsOf(entry, file, this.#settings.config.sloP99Ms), source);
  }

  /** A model that cannot be used, so that it is shown with a reason. */
  enterUnreadable(name: string, reason: string): ModelVersion {
    const version = new ModelVersion(unreadable(name, this.#settings.config.sloP99Ms));
    this.#loads.unavailable(version, reason);
    return version;
  }

  /**
   * Compares a version with its digest, loads it while others serve, and asks its golden samples. Resolves when it is ready
   * or unavailable.
   */
  load(version: ModelVersion, checks?: Checks): Promise<void> {
    return this.#loads.beside(version, checks);
  }

  /**
   * Gives a model these versions and this default, in one step; without versions requests no longer find it. Resolves
   * when those that are no longer among them have been unloaded: each after its last lease has been released.
   */
  async replace(name: string, versions: readonly ModelVersion[], defaultVersion: string): Promise<void> {
    const before = this.catalogue.model(name)?.versions ?? [];
    this.catalogue.replace(name, versions, defaultVersion);
    await Promise.all(before.filter((one) => !versions.includes(one)).map((one) => this.#loads.release(one)));
  }

  /** Starts no further loads. */
  stopLoading(): void {
    this.#loads.stop();
  }

  /** Fails all accepted work that is not done: the process ends, although threads are still busy. */
  giveUp(): void {
    this.#lanes.giveUp();
  }

  /** Ends the worker threads, after the loads and batches that run in them. */
  async close(): Promise<void> {
    const { clock } = this.#settings;
    this.#loads.close();
    // When a load has failed in one thread, it may still be running in others.
    while (this.busy) await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve));
    await this.pool.close();
    this.#settings.crashes?.close();
  }

  /** Loads what is not quarantined any more. */
  #loadReleased(): void {
    for (const version of this.catalogue.versions) if (version.quarantined) void this.load(version);
  }

  /** Another version of its model under its number, which has the same metrics. */
  #twin(version: ModelVersion): ModelVersion | undefined {
    const versions = this.catalogue.model(version.name)?.versions ?? [];
    return versions.find((one) => one !== version && one.version === version.version);
  }

  /** The process of an isolated version has crashed: nothing else was lost, but it counts. */
  async #crashed(instance: number, signal: string): Promise<void> {
    const version = this.catalogue.versions.find(({ source }) => source?.instance === instance);
    if (version === undefined) return;
    const { crashes, events } = this.#settings;
    events.models.crashed(version.labels, signal);
    const charged = await crashes?.charge(version.name, version.source!.file, signal).catch(() => undefined);
    if (charged?.since !== undefined) this.#loads.quarantine(version, whyQuarantined(charged));
  }

  /** A batch has failed for the loss of its device; `losses`: in the last minute, as its version has seen them. */
  async #deviceLost(instance: number, losses: number, detail: string): Promise<void> {
    const version = this.catalogue.versions.find(({ source }) => source?.instance === instance);
    if (version === undefined) return;
    this.#settings.events.models.deviceLost(version.labels, version.signature!.provider, detail);
    if (losses < LOSSES_TO_LEAVE || this.#moving.has(version) || !this.#loads.mayLeaveDevice(version)) return;
    this.#moving.add(version);
    await this.#loads.onCpuInstead(version, detail);
    this.#moving.delete(version);
  }

  /** A version that served cannot be loaded into a worker that replaces a dead one. */
  #lost(instance: number, error: unknown): void {
    const version = this.catalogue.versions.find(({ source }) => source?.instance === instance);
    if (version?.state === 'ready') this.#loads.lost(version, error);
  }
}

const quarantineOf = (crashes: Crashes, released: () => void): Quarantine => ({
  reasonOf: async (file) => {
    const held = await crashes.holds(file);
    return held && whyQuarantined(held);
  },
  holds: () => crashes.watch(released),
});

const reports = (
  { batches }: Pick<Events, 'batches'>,
  tracer: Tracer | undefined,
  told: {
    readonly crashed: (instance: number, signal: string) => void;
    readonly deviceLost: (instance: number, losses: number, detail: string) => void;
  },
): SchedulerEvents => ({
  batchDispatched: ({ labels }, { rows, reason, width }) => batches.dispatched(labels, rows, reason, width),
  batchDone: ({ labels }, { rows }, timings) => batches.done(labels, rows, timings),
  batchFailed: ({ labels, instance }, failure) => {
    batches.failed(labels, failure);
    if (failure.signal !== undefined) told.crashed(instance, failure.signal);
    if (failure.losses !== undefined) told.deviceLost(instance, failure.losses, failure.detail);
  },
  ...(tracer && { traceBatch: (record, { entries }) => tracer.batch(record, entries) }),
});
