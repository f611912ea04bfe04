/** Loads and unloads versions, one after the other, within the memory budget; gives each that is ready its queue. */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { maxBatchMsOf } from '../cost/cost-model.ts';
import type { Measured, Pool } from '../pool/pool.ts';
import type { Examination } from '../pool/run-one.ts';
import { onCpuInstead } from '../pool/device/load-on-device.ts';
import type { ModelTask } from '../pool/worker.ts';
import { verifyDigest } from '../repository/digest.ts';
import type { VersionEntry } from '../repository/versions.ts';
import { contentStamp } from '../repository/look/stamps.ts';
import { ModelError } from '../repository/model-error.ts';
import type { Events } from '../telemetry/events/events.ts';
import { fromRoot } from '../repository/real-path.ts';
import { TrustError } from '../repository/trust/trust-error.ts';
import { contentOf } from './contents.ts';
import { goldenAtStart, goldenOf, unrewritten } from './golden.ts';
import type { Lanes } from './lanes/lanes.ts';
import { leaveDevice } from './lanes/leave-device.ts';
import { footprint, type Footprint } from './memory/footprint.ts';
import { Memory } from './memory/memory.ts';
import type { ModelVersion, Signature } from './model-version.ts';
import { batcherOf } from './queue-of.ts';
import { loadTaskOf, placeOf } from './settings.ts';
import { CPU } from '../thread/device.ts';
import { Turns } from './turns.ts';

/** Each refuses a version that has been loaded, by throwing. */
export interface Checks {
  /** Sees what it takes and returns, before any worker has it. */
  readonly signature: (signature: Pick<Signature, 'inputs' | 'outputs'>) => void;
  /** Sees whether its files are still the same, after every worker has it. */
  readonly files: () => Promise<void>;
}

/** Knows which versions have crashed the server. */
export interface Quarantine {
  /** A sentence for the operator; undefined when it may run. */
  readonly reasonOf: (file: VersionEntry) => Promise<string | undefined>;
  /** A version is kept from running. */
  readonly holds: () => void;
}

/** The thread that loads ends when nothing was loaded for this many milliseconds: models often change together. */
const LOADER_LINGERS_MS = 2000;

export interface LoadsSettings {
  readonly config: Config;
  readonly clock: Clock;
  readonly events: Pick<Events, 'batches' | 'models'>;
  readonly pool: Pool;
  readonly lanes: Lanes;
  /** Another version of its model under its number, which has the same metrics. */
  readonly twinOf: (version: ModelVersion) => ModelVersion | undefined;
  /** Says why a version is not to run: it has crashed the server. */
  readonly quarantine?: Quarantine | undefined;
  /** Memory of the process; measured where it is left out. */
  readonly footprint?: (() => Footprint) | undefined;
  /** Called with the instance of a version that is gone: no request holds it any more. */
  readonly unloaded?: ((instance: number) => void) | undefined;
  /** Called with a version that is ready, whenever it has been loaded. */
  readonly loaded?: ((version: ModelVersion) => void) | undefined;
}

export class Loads {
  readonly memory: Memory;
  /** Versions that requests no longer find, and that are not unloaded yet. */
  readonly leaving = new Set<ModelVersion>();
  readonly #settings: LoadsSettings;
  readonly #turns: Turns;
  /** Of the files that a version was first loaded from. */
  readonly #stamps = new WeakMap<ModelVersion, string>();
  #stopping = false;

  constructor(settings: LoadsSettings) {
    const { config, clock, events, pool } = settings;
    this.#settings = settings;
    this.#turns = new Turns(clock, LOADER_LINGERS_MS, () => void pool.closeLoader());
    this.memory = new Memory({
      budget: config.modelMemoryBytes,
      clock,
      footprint: settings.footprint ?? footprint,
      sessions: config.workers + (config.wideThreads > 1 ? 1 : 0),
      events: events.models,
      unload: async (version) => {
        version.leaves();
        await version.unused();
        await this.#unload(version);
      },
    });
  }

  /** Loads a version into all workers at once, while none of them serves. Resolves when it is ready or unavailable. */
  first(version: ModelVersion): Promise<void> {
    const { pool } = this.#settings;
    return this.#turns.run(() =>
      this.#load(version, async (task) => {
        const golden = await goldenAtStart(version, task);
        return this.memory.loaded(version, () => pool.load(task, golden));
      }),
    );
  }

  /**
   * Compares a version with its digest, loads it while others serve, and asks its golden samples. Resolves when it is ready
   * or unavailable.
   */
  beside(version: ModelVersion, checks?: Checks): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#stopping) version.unavailable('The server is shutting down.');
      else await this.#loadBeside(version, checks);
    });
  }

  /** The same for a version that a request has asked for. It stays as it is when it is not to be loaded any more. */
  wanted(version: ModelVersion): Promise<void> {
    return this.#turns.run(async () => {
      if (version.state !== 'waiting' || this.#stopping || this.leaving.has(version)) version.settled();
      else await this.#loadBeside(version);
    });
  }

  /** Unloads a version that requests no longer find, when its last lease has been released. */
  async release(version: ModelVersion): Promise<void> {
    const { unloaded, twinOf, events } = this.#settings;
    this.leaving.add(version);
    await version.unused();
    await this.#turns.run(async () => {
      await version.unused(); // A load that was queued before may have given it to requests that waited.
      await this.#unload(version);
      if (version.source !== undefined) unloaded?.(version.source.instance);
      this.leaving.delete(version);
      if (twinOf(version) === undefined) events.models.removed(version.labels);
    });
  }

  /** Begins no further loads. */
  stop(): void {
    this.#stopping = true;
  }

  /** Nothing is said of an idle loader any more. */
  close(): void {
    this.stop();
    this.#turns.stop();
  }

  /** The device of a version was lost too often: the CPU takes it over, if it may. `reason`: a sentence. */
  onCpuInstead(version: ModelVersion, reason: string): Promise<void> {
    return this.#turns.run(async () => {
      const { source, queue, signature } = version;
      const { config, pool, events, clock } = this.#settings;
      if (this.#stopping || source === undefined || queue === undefined || !this.mayLeaveDevice(version))
        return;
      const { provider: device } = signature!;
      const start = clock.now();
      try {
        const content = await contentOf(source.file, config);
        const task = onCpuInstead(loadTaskOf(source, config, content));
        const loaded = await pool.loadBeside(task, { longestMs: maxBatchMsOf(version.settings.sloMs) });
        const measured = { ...loaded, report: { ...loaded.report, fallbackReason: reason } };
        const loadMs = clock.now() - start;
        this.#open(version, task, measured, loadMs);
        events.models.ready(version.labels, CPU, loadMs, reason);
        void leaveDevice(queue, source.instance, device, this.#settings);
      } catch (error) {
        this.unavailable(version, error);
      }
    });
  }

  /** Whether a version runs on a device, and may run on the CPU. */
  mayLeaveDevice({ signature, source, queue }: ModelVersion): boolean {
    if (queue === undefined || source === undefined || signature!.provider === CPU) return false;
    return (source.entry.config.deviceFallback ?? this.#settings.config.deviceFallback) === 'cpu';
  }

  /** A version that served cannot be loaded into a worker that replaces a dead one, which has unloaded it. */
  lost(version: ModelVersion, error: unknown): void {
    this.memory.left(version);
    this.unavailable(version, error);
  }

  unavailable(version: ModelVersion, error: unknown): void {
    const sentence = error instanceof Error ? error.message : String(error);
    const reason = version.source === undefined ? sentence : fromRoot(version.source.file.root, sentence);
    version.unavailable(reason);
    const { events, twinOf } = this.#settings;
    if (error instanceof TrustError) events.models.untrusted(version.labels, error.kind, reason);
    if (twinOf(version)?.answers === true) events.models.refused(version.labels, reason);
    else events.models.unavailable(version.labels, reason);
  }

  async #loadBeside(version: ModelVersion, checks?: Checks): Promise<void> {
    const { pool } = this.#settings;
    const longestMs = maxBatchMsOf(version.settings.sloMs);
    await this.#load(version, async (task) => {
      await verifyDigest(version.source!.file);
      await this.#requireSameFiles(version);
      const golden = await (checks === undefined ? goldenAtStart(version, task) : goldenOf(version.source!));
      const examine: Examination = async (report, run) => {
        checks?.signature(report);
        await golden?.(report, run);
      };
      const examination = checks === undefined ? golden : examine;
      const measured = await this.memory.loaded(version, (begins) =>
        pool.loadBeside(task, { longestMs, examine: examination, attaches: begins }),
      );
      await checks?.files();
      return measured;
    });
  }

  async #load(version: ModelVersion, load: (task: ModelTask) => Promise<Measured>): Promise<void> {
    const { config, clock, events, pool, lanes, twinOf, quarantine, loaded } = this.#settings;
    const { source, labels } = version;
    const start = clock.now();
    const held = await quarantine?.reasonOf(source!.file);
    if (held !== undefined) return this.#quarantined(version, held);
    version.loading();
    // One that is loaded again has never stopped to answer.
    if (version.signature === undefined && twinOf(version)?.answers !== true) events.models.loading(labels);
    try {
      let task = loadTaskOf(source!, config, await contentOf(source!.file, config));
      const measured = await load(task).catch((error: unknown) => {
        const original = unrewritten(task, error);
        if (original === undefined) throw error;
        return load((task = original));
      });
      const loadMs = clock.now() - start;
      this.#open(version, task, measured, loadMs);
      const { provider, fallbackReason, rewrites } = measured.report;
      events.models.ready(labels, provider, loadMs, fallbackReason);
      events.models.rewritten(labels, rewrites);
      loaded?.(version);
    } catch (error) {
      this.memory.left(version);
      await pool.unload(source!.instance); // For labels that do not fit; a failed load is unloaded already.
      this.unavailable(version, error);
    }
    lanes.wake(); // Loading may have kept workers from taking batches.
  }

  /** A version that serves is not to run any more. Unloads it when its last lease has been released. */
  quarantine(version: ModelVersion, reason: string): void {
    if (version.quarantined) return;
    this.#quarantined(version, reason);
    void version.unused().then(() =>
      this.#turns.run(async () => {
        if (version.quarantined) await this.#unload(version); // Else it was released, and is loaded again.
      }),
    );
  }

  #quarantined(version: ModelVersion, reason: string): void {
    const { events, quarantine } = this.#settings;
    version.unavailable(reason, true);
    events.models.quarantined(version.labels, reason);
    quarantine?.holds();
  }

  /** Makes the queue of a version that every worker has. @throws ModelError when the labels do not fit the outputs */
  #open(version: ModelVersion, task: ModelTask, measured: Measured, loadMs: number): void {
    const { provider } = measured.report;
    const { scheduler, intake } = this.#settings.lanes.of(provider);
    const batcher = batcherOf(version.source!, version.settings, task, measured, this.#settings);
    scheduler.add(batcher, placeOf(version.source!));
    version.ready(measured.report, { batcher, intake }, loadMs);
  }

  /** No request holds the version any more. Each worker unloads it after the batches that it holds. */
  async #unload(version: ModelVersion): Promise<void> {
    const { source, queue, signature } = version;
    this.memory.left(version);
    if (queue !== undefined) this.#settings.lanes.of(signature!.provider).scheduler.remove(queue.batcher);
    version.left();
    if (source !== undefined) await this.#settings.pool.unload(source.instance);
  }

  /**
   * What is kept of a version that leaves memory (what it takes and returns, its answers in the cache) holds for the files
   * that it was loaded from. @throws ModelError when they have changed since
   */
  async #requireSameFiles(version: ModelVersion): Promise<void> {
    if (!version.settings.onDemand) return;
    const now = await contentStamp(version.source!.file);
    const first = this.#stamps.get(version) ?? now;
    this.#stamps.set(version, first);
    if (now === first) return;
    throw new ModelError(
      'Its files have changed since it was first loaded: a version that is loaded on demand is read again whenever it comes back. Load the model again, or restart.',
    );
  }
}
