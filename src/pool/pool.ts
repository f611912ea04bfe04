/**
 * The worker threads of the process and the model versions that each of them holds. One set of workers serves
 * all models; every worker has an instance (a session) of every version.
 */
import { extname } from 'node:path';
import type { Clock } from '../clock.ts';
import { ServingError } from '../errors.ts';
import { CPU } from '../thread/device.ts';
import type { Loaded, WarmUpRun } from '../thread/load.ts';
import type { BatchTask } from '../thread/messages.ts';
import { Decoders } from './device/decoders.ts';
import { Devices } from './device/devices.ts';
import { loadOnDevice, orOnCpu } from './device/load-on-device.ts';
import { attach, Loader, loadInto } from './loader.ts';
import { runOne, type Examination } from './run-one.ts';
import { Supervisor, type SupervisorEvents, type WedgedLimits } from './supervisor.ts';
import { PoolWorker, type ModelTask } from './worker.ts';
import type { WorkerSettings } from './worker-settings.ts';

export interface PoolSettings extends WorkerSettings, WedgedLimits {
  readonly workers: number;
}

/** Differs from the ids of all workers, by one. */
const LOADER_ID = -1;

/**
 * Freed memory is given back when nothing was unloaded for so long, or at the latest after the longer time: what is given
 * back has to be faulted in again by the next load, which took 450 ms instead of 340 ms when each unload did it at once.
 */
const TRIM_AFTER_MS = 1000;
const TRIM_WITHIN_MS = 3000;

/** The report and the measurements of loading a version. */
export interface Measured {
  readonly report: Loaded;
  /** The measurements of each thread that ran every bucket. */
  readonly warmUps: readonly (readonly WarmUpRun[])[];
}

export interface LoadOptions {
  /** Batches that are predicted to take longer are never run, and not warmed up. */
  readonly longestMs?: number;
  /** Asked before any worker has the version. */
  readonly examine?: Examination | undefined;
  /** Called before the first worker opens it, when what was needed only to examine it has been released. */
  readonly attaches?: () => void;
}

export class Pool {
  /** Those that run models on the CPU. */
  readonly workers: readonly PoolWorker[];
  readonly supervisor: Supervisor;
  /** Instances of versions that somebody watches: batches that begin from now on have signals. */
  readonly watched = new Set<number>();
  readonly #instances = new Map<number, ModelTask>();
  readonly #devices: Devices;
  readonly #limits: WedgedLimits;
  readonly #decoders: Decoders;
  readonly #loader: Loader;
  readonly #onLost: (instance: number, error: unknown) => void;
  readonly #clock: Clock;
  #stopTrim: (() => void) | undefined;
  /** Since when there is memory to give back. */
  #freedAt: number | undefined;

  /** `onLost`: a version that served cannot be loaded into a replaced worker; it is unloaded. */
  constructor(
    settings: PoolSettings,
    clock: Clock,
    events: SupervisorEvents,
    onWorkerReady: () => void,
    onLost: (instance: number, error: unknown) => void = () => undefined,
  ) {
    this.#onLost = onLost;
    this.#clock = clock;
    this.supervisor = new Supervisor(
      settings,
      clock,
      events,
      (worker) => this.#prepare(worker),
      onWorkerReady,
    );
    this.workers = Array.from(
      { length: settings.workers },
      (_, id) => new PoolWorker(id, { ...settings, watched: this.watched }, clock, this.supervisor),
    );
    const unwatched = { free: () => undefined, died: () => undefined, diedOf: () => undefined };
    const background = { ...settings, wideThreads: 1, background: true };
    this.#limits = settings;
    // What is on record are the threads that run native code.
    this.#decoders = new Decoders(() => this.workers, clock);
    const aside = {
      ...settings,
      watched: this.watched,
      wideThreads: 1,
      journal: undefined,
      decoded: (task: BatchTask, slab: SharedArrayBuffer) => this.#decoders.decoded(task, slab),
    };
    this.#devices = new Devices(
      (number, device) =>
        new PoolWorker(settings.workers + number, { ...aside, device }, clock, this.supervisor),
    );
    this.#loader = new Loader(() => new PoolWorker(LOADER_ID, background, clock, unwatched));
  }

  /** Starts every thread. Nothing is loaded yet. */
  async start(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.setup()));
    for (const worker of this.workers) worker.ready();
  }

  /** The threads of all workers: those on the CPU, and one for each device. */
  get threads(): readonly PoolWorker[] {
    return [...this.workers, ...this.#devices.workers];
  }

  /** The workers that run models on a device. */
  workersOf(device: string): readonly PoolWorker[] {
    return device === CPU ? this.workers : [this.#devices.workerOf(device)];
  }

  /** A worker that has a version which was loaded. */
  workerWith(instance: number): PoolWorker {
    return this.workersOf(this.#instances.get(instance)?.device ?? CPU)[0]!;
  }

  /**
   * Loads a model version into all workers of its device at once; on the CPU they take no batches meanwhile.
   * @throws ServingError MODEL_UNAVAILABLE when the file, the signature or the device is wrong; what `examine` throws
   */
  load(task: ModelTask, examine?: Examination): Promise<Measured> {
    return orOnCpu(
      task,
      () => this.#loadOnDevice(task, examine),
      (own) => this.#loadAtOnce(own, examine),
    );
  }

  #loadAtOnce(task: ModelTask, examine?: Examination): Promise<Measured> {
    return this.#orUnload(task.instance, async () => {
      const reports = await Promise.all(this.workers.map((worker) => loadInto(worker, task)));
      const report = reports[0]!;
      await examine?.(report, (payload) => runOne(this.workers[0]!, task.instance, payload));
      this.#instances.set(task.instance, { ...task, warmUpTo: report.payingRows, served: report.opened });
      return { report, warmUps: reports.map(({ warmUp }) => warmUp) };
    });
  }

  /**
   * Loads a model version while the workers serve: no worker is blocked for longer than one batch takes; see loader.ts.
   * @throws ServingError MODEL_UNAVAILABLE; what `examine` throws
   */
  loadBeside(task: ModelTask, options: LoadOptions = {}): Promise<Measured> {
    return orOnCpu(
      task,
      () => this.#loadOnDevice(task, options.examine, options.attaches),
      (own) => this.#loadBesideBatches(own, options),
    );
  }

  #loadOnDevice(task: ModelTask, examine?: Examination, attaches?: () => void): Promise<Measured> {
    return this.#orUnload(task.instance, async () => {
      const worker = await this.#devices.started(task.device);
      attaches?.();
      const loaded = await loadOnDevice(worker, task, this.#limits, this.#clock, examine);
      this.#instances.set(task.instance, loaded.again);
      this.#decoders.enter(loaded.report, task);
      return { report: loaded.report, warmUps: [loaded.report.warmUp] };
    });
  }

  /** Takes a version that the CPU's workers have by now from a device. It has no batches there any more. */
  async leaveDevice(instance: number, device: string): Promise<void> {
    this.#decoders.leave(instance);
    await this.#devices
      .workerOf(device)
      .unload(instance)
      .catch(() => undefined); // The thread is dead.
  }

  #loadBesideBatches(
    task: ModelTask,
    { longestMs = Infinity, examine, attaches }: LoadOptions,
  ): Promise<Measured> {
    return this.#orUnload(task.instance, async () => {
      // An earlier start has found out what pays, and kept the optimised form.
      const isKnown = task.warmUpTo !== undefined && examine === undefined;
      let known = isKnown ? undefined : await this.#loader.examine(task, examine);
      const attached = { ...task, warmUpTo: known?.payingRows ?? task.warmUpTo };
      const keep = (report?: Loaded): void =>
        void this.#instances.set(task.instance, { ...attached, served: report?.opened });
      keep(known);
      const runs = [...(known?.warmUp ?? [])];
      attaches?.();
      for (const worker of this.workers) {
        // A worker that is being replaced loads all versions in #instances, including this one.
        if (worker.state !== 'ready') continue;
        const report = await attach(worker, attached, longestMs, known).catch((error: unknown) => {
          if (worker.state === 'ready') throw error;
        });
        if (report === undefined) continue;
        runs.push(...report.warmUp.filter(({ width }) => known === undefined || width === 'wide'));
        if (known === undefined) keep((known = report));
      }
      // No worker was ready: each loads the version when it is, and the report comes from the separate thread.
      known ??= await this.#loader.examine(attached);
      if (!this.#instances.has(task.instance)) {
        throw new ServingError(
          'MODEL_UNAVAILABLE',
          'A worker that was restarted meanwhile could not load it.',
        );
      }
      return { report: known, warmUps: [runs.length > 0 ? runs : known.warmUp] };
    });
  }

  /** Unloads a version from every worker. */
  async unload(instance: number): Promise<void> {
    this.#instances.delete(instance);
    this.watched.delete(instance);
    this.#decoders.leave(instance);
    await Promise.allSettled(this.threads.map((worker) => worker.unload(instance)));
    this.#trimSoon();
  }

  /** Ends the thread that examines versions; the next loadBeside() starts it again. */
  async closeLoader(): Promise<void> {
    await this.#loader.close();
    this.#trimSoon();
  }

  /** Ends every thread; all of them must be idle. */
  async close(): Promise<void> {
    this.supervisor.close();
    this.#stopTrim?.();
    await Promise.all([this.#loader.close(), ...this.threads.map((worker) => worker.close())]);
  }

  /** Whether any worker holds a batch. */
  get busy(): boolean {
    return this.threads.some((worker) => worker.holding > 0);
  }

  /** Whether any thread runs a batch or a load that does not end. */
  get wedged(): boolean {
    const { thread } = this.#loader;
    return this.supervisor.wedged(thread === undefined ? this.threads : [...this.threads, thread]);
  }

  /** Whether any thread is loading a version. */
  get loading(): boolean {
    return this.#loader.busy || this.threads.some(({ state }) => state === 'loading' || state === 'starting');
  }

  #trimSoon(): void {
    const now = this.#clock.now();
    this.#freedAt ??= now;
    this.#stopTrim?.();
    const ms = Math.max(0, Math.min(TRIM_AFTER_MS, this.#freedAt + TRIM_WITHIN_MS - now));
    this.#stopTrim = this.#clock.after(ms, () => void this.#trim());
  }

  /** Memory that was freed belongs to the process: one thread gives back that of all. */
  async #trim(): Promise<void> {
    this.#freedAt = undefined;
    const worker = this.workers.find(({ state }) => state === 'ready');
    await worker?.trim().catch(() => undefined); // It has died meanwhile.
  }

  async #orUnload(instance: number, load: () => Promise<Measured>): Promise<Measured> {
    try {
      return await load();
    } catch (error) {
      await this.unload(instance);
      throw error;
    }
  }

  /**
   * Sets up a replaced thread and loads every version into it. One that cannot be loaded any more, because its file has
   * gone for instance, does not keep the worker from the others.
   */
  async #prepare(worker: PoolWorker): Promise<void> {
    await worker.setup();
    for (const task of this.#instances.values()) {
      if (task.device !== worker.device) continue;
      await loadInto(worker, task).catch(async (error: unknown) => {
        if (worker.state === 'dead' || worker.state === 'closed') throw error;
        this.#onLost(task.instance, error);
        await this.unload(task.instance);
      });
    }
    worker.ready();
  }
}

/** The module that worker threads run: TypeScript in the sources, JavaScript in dist. */
export const WORKER_FILE = new URL(`../../workers/infer${extname(import.meta.url)}`, import.meta.url);
