/**
 * One worker thread: a Piscina of one thread, its slab, and the batches it holds (one running, one prefetched). Piscina's
 * own queue stays empty, and a running task is never aborted: ending a thread inside session.run() aborts the process.
 *
 * Why one Piscina each and not one for all: docs/decisions/0002-one-piscina-per-worker.md.
 */
import type { Piscina } from 'piscina';
import type { Clock } from '../clock.ts';
import type { Failure } from '../errors.ts';
import type { BatchResult, BatchTask, DecodedRows, DecodeTask, WorkerTask } from '../thread/messages.ts';
import type { LoadReport, LoadTask, Width } from '../thread/load.ts';
import { pauseMs } from './chore-pause.ts';
import { HeldBatches, type BatchOutcome, type Dispatched, type Held, type Running } from './held.ts';
import type { Payload } from '../thread/payload.ts';
import { Slab } from './slab.ts';
import { startThread } from './thread.ts';
import {
  fileOf,
  hasWide,
  setupTaskOf,
  USUAL_START_MS,
  type WorkerSettings,
  type WorkerState,
  type WorkerWatch,
} from './worker-settings.ts';
import { CPU } from '../thread/device.ts';

/** A load task for every worker; which of them adds a wide session is decided by the worker. */
export type ModelTask = Omit<LoadTask, 'wideThreads'>;

export class PoolWorker {
  readonly id: number;
  /** Whether it has wide sessions besides its narrow ones. */
  readonly hasWide: boolean;
  state: WorkerState = 'starting';
  readonly #settings: WorkerSettings;
  readonly #clock: Clock;
  readonly #watch: WorkerWatch<PoolWorker>;
  readonly #held = new HeldBatches();
  /** When a thread that is not ready is expected to be ready, in clock milliseconds. */
  #expectedAt = 0;
  #startedAt = 0;
  /** When the last batch was sent, in clock milliseconds. */
  #lastRunAt = -Infinity;
  /** Duration of the last start. */
  #startMs = USUAL_START_MS;
  #piscina: Piscina | undefined;
  #slab = new Slab();
  #causeReported = false;

  constructor(id: number, settings: WorkerSettings, clock: Clock, watch: WorkerWatch<PoolWorker>) {
    this.id = id;
    this.hasWide = hasWide(settings, id);
    this.#settings = settings;
    this.#clock = clock;
    this.#watch = watch;
  }

  /** What it runs models on. */
  get device(): string {
    return this.#settings.device ?? CPU;
  }

  /** Number of batches, and chores between them, that it holds: 0 is idle, SLOTS_PER_WORKER is full. */
  get holding(): number {
    return this.#held.count;
  }

  /** See HeldBatches; so for widePermitMs and running. */
  get longestMs(): number {
    return this.#held.longestMs;
  }

  /**
   * Predicted milliseconds until it has run what it holds; for a thread that is starting or dead, until it is ready. One
   * that is late by some time is predicted to take that time again.
   */
  remainingMs(now: number): number {
    return this.state === 'ready' ? this.#held.remainingMs(now) : Math.abs(this.#expectedAt - now);
  }

  widePermitMs(now: number): number {
    return this.#held.widePermitMs(now);
  }

  running(now: number): Running | undefined {
    return this.#held.running(now);
  }

  /**
   * Starts a thread and sends it its memory and settings. Rejects when that fails or the thread dies meanwhile.
   *
   * Always uses a new Piscina, whose first task is posted before the thread can fail: if a thread dies while its module
   * loads and it has no task, all later tasks wait forever.
   */
  async setup(): Promise<void> {
    this.state = 'starting';
    this.#startedAt = this.#clock.now();
    this.#expectedAt = this.#startedAt + this.#startMs;
    const successor = this.#piscina;
    this.#piscina = undefined; // Events of the thread that Piscina started by itself are ignored.
    await successor?.destroy();
    if (this.#closed) throw new Error('The worker is closed.');
    this.#piscina = this.#start();
    this.#slab = new Slab();
    this.#causeReported = false;
    const task = setupTaskOf(this.#settings, this.id, this.#slab.memory);
    const failure = (await this.#post(task)) as Failure | undefined;
    if (failure !== undefined) throw new Error(`The worker could not be set up: ${failure.detail}`);
  }

  /** Lets it take batches from now on. */
  ready(): void {
    if (this.#closed) return;
    this.state = 'ready';
    this.#startMs = this.#clock.now() - this.#startedAt;
  }

  /** Notes that a dead thread will be restarted in `ms` milliseconds. */
  restartsIn(ms: number): void {
    this.#expectedAt = this.#clock.now() + ms + this.#startMs;
  }

  /** Loads a model version in one step; the worker takes no batches meanwhile. Rejects when the thread dies. */
  async load(model: ModelTask): Promise<LoadReport> {
    const task = this.#loadTask(model);
    const { state } = this;
    this.state = 'loading';
    try {
      return (await this.#timed(task, 0)) as LoadReport;
    } finally {
      // The previous state is not always ready: a worker that is restarting may have more models to load.
      if (this.state === 'loading') this.state = state;
    }
  }

  /** Loads a version on its device: another process does it, so that the batches of others go on. Rejects when the thread dies. */
  async loadAside(model: ModelTask): Promise<LoadReport> {
    return (await this.#post(this.#loadTask(model))) as LoadReport;
  }

  /**
   * Opens a version that another thread has loaded, between two batches. `predictedMs`: for how long later batches wait.
   * Rejects when the thread dies.
   */
  async open(model: ModelTask, predictedMs: number): Promise<LoadReport> {
    return (await this.#chore({ kind: 'open', load: this.#loadTask(model) }, predictedMs)) as LoadReport;
  }

  /**
   * Runs one batch of made-up rows between two batches. Returns its milliseconds, why it failed, or undefined for a model
   * that runs with none of the inputs that were tried.
   */
  async warm(
    instance: number,
    rows: number,
    width: Width,
    predictedMs: number,
  ): Promise<number | Failure | undefined> {
    const task = { kind: 'warm', instance, rows, width } as const;
    return (await this.#chore(task, predictedMs, width)) as number | Failure | undefined;
  }

  /** Adds the wide session of a version between two batches. Returns whether there is one. */
  async widen(instance: number, predictedMs: number): Promise<boolean> {
    return (await this.#chore({ kind: 'widen', instance }, predictedMs)) === true;
  }

  /** Releases a version's sessions, if the worker has any. Rejects when the thread is dead. */
  async unload(instance: number): Promise<void> {
    await this.#chore({ kind: 'unload', instance }, 0);
  }

  /** Gives memory that the process has freed back to the system, between two batches. Rejects when the thread is dead. */
  async trim(): Promise<void> {
    await this.#chore({ kind: 'trim' }, 0);
  }

  /** Decodes images of a device's batch, in turn with its own batches. Rejects when the thread dies. */
  async decode(task: DecodeTask, predictedMs: number): Promise<DecodedRows | Failure> {
    try {
      return (await this.#timed(task, predictedMs)) as DecodedRows | Failure;
    } finally {
      this.#watch.free(this);
    }
  }

  /** Sends a batch. The caller has checked that `holding` is below SLOTS_PER_WORKER. */
  run(instance: number, width: Width, payloads: readonly Payload[], predictedMs: number): Dispatched {
    const slab = this.#slab;
    const slot = slab.take();
    let task: BatchTask;
    try {
      const signals = this.#settings.watched?.has(instance) === true && ({ signals: true } as const);
      task = { kind: 'batch', instance, slot, width, ...slab.write(slot, payloads), ...signals };
    } catch (error) {
      // Memory for a body larger than a slot could not be allocated: the batch fails, and the slot is freed.
      slab.free(slot);
      const failure = { kind: 'failure', code: 'INTERNAL', detail: String(error) } as const;
      return { outcome: Promise.resolve(failure), takeBack: () => false };
    }
    const held: Held = { width, predictedMs, begunAt: this.#clock.now() };
    this.#lastRunAt = held.begunAt;
    this.#held.add(held);
    const ready = this.#settings.decoded?.(task, slab.memory);
    const posted =
      ready === undefined ? this.#post(task, task.body) : ready.then((own) => this.#post(own, own.body));
    const outcome = posted.then(
      (result) => {
        this.#held.release(held, this.#clock.now());
        slab.free(slot);
        return result as BatchResult;
      },
      (): BatchOutcome => {
        this.#held.release(held, this.#clock.now());
        return { kind: 'died', started: slab.running(slot) };
      },
    );
    // After the result has arrived, the slot may hold another batch.
    return { outcome, takeBack: () => this.#held.has(held) && slab.cancel(slot) };
  }

  /** Ends the thread. @throws Error while it holds a batch: ending it inside a run would abort the process */
  async close(): Promise<void> {
    if (this.holding > 0) throw new Error('This is a bug: a busy worker was closed.');
    this.state = 'closed';
    await this.#piscina?.destroy();
  }

  get #closed(): boolean {
    return this.state === 'closed';
  }

  #loadTask(model: ModelTask): LoadTask {
    return { ...model, wideThreads: this.hasWide ? this.#settings.wideThreads : 1 };
  }

  /**
   * Runs a task in turn with the batches; it counts as one of them in `holding`. Returns some time later where requests come:
   * one chore after the other would take their worker from them.
   */
  async #chore(task: WorkerTask, predictedMs: number, width: Width = 'narrow'): Promise<unknown> {
    const begunAt = this.#clock.now();
    try {
      return await this.#timed(task, predictedMs, width);
    } finally {
      this.#watch.free(this);
      const now = this.#clock.now();
      const ms = pauseMs(now - begunAt, now - this.#lastRunAt);
      if (ms > 0) await new Promise<void>((resolve) => void this.#clock.after(ms, resolve));
    }
  }

  async #timed(task: WorkerTask, predictedMs: number, width: Width = 'narrow'): Promise<unknown> {
    const loads = fileOf(task);
    const held: Held = { width, predictedMs, loads, begunAt: this.#clock.now() };
    this.#held.add(held);
    try {
      return await this.#post(task);
    } finally {
      this.#held.release(held, this.#clock.now());
    }
  }

  #start(): Piscina {
    const piscina = startThread(this.#settings.file);
    // Emitted whenever a thread ends, with or without a task.
    piscina.on('workerDestroy', () => {
      if (this.#piscina === piscina) this.#died();
    });
    // An error outside any task. Without a listener it would end the process.
    piscina.on('error', (error: unknown) => this.#reportCause(error));
    return piscina;
  }

  async #post(task: WorkerTask, transferred?: ArrayBuffer): Promise<unknown> {
    // Piscina replaces a dead thread by itself, with one that was never set up.
    if (this.#piscina === undefined || this.state === 'dead') throw new Error('The worker has no thread.');
    try {
      return await this.#piscina.run(task, transferred === undefined ? {} : { transferList: [transferred] });
    } catch (error) {
      this.#reportCause(error);
      throw error;
    }
  }

  #died(): void {
    // The thread that Piscina starts in the place of a dead one may die too: it is replaced by setup() either way.
    if (this.#closed || this.state === 'dead') return;
    this.state = 'dead';
    this.#watch.died(this);
  }

  /** Piscina first reports that a thread has ended, and then rejects each of its tasks with the cause. */
  #reportCause(cause: unknown): void {
    if (this.#causeReported || this.state !== 'dead') return;
    this.#causeReported = true;
    this.#watch.diedOf(this, cause);
  }
}
