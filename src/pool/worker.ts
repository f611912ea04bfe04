/**
 * One worker thread: a Piscina of one thread, its slab, and the batches it holds (one running, one
 * prefetched). Piscina's own queue stays empty, and a running task is never aborted: ending a thread inside
 * session.run() aborts the process.
 *
 * Why one Piscina each and not one for all: docs/decisions/0002-one-piscina-per-worker.md.
 */
import { Piscina } from 'piscina';
import type { Clock } from '../clock.ts';
import type { Failure } from '../errors.ts';
import { SLOTS_PER_WORKER } from '../thread/slab-layout.ts';
import type { BatchResult, BatchTask, WorkerTask } from '../thread/messages.ts';
import type { Decoder, LoadReport, LoadTask, Width } from '../thread/load.ts';
import { HeldBatches, type Held } from './held.ts';
import type { Payload } from '../thread/payload.ts';
import { Slab } from './slab.ts';

/** What became of a batch. A batch whose worker died before it began may be sent again. */
export type BatchOutcome = BatchResult | { readonly kind: 'died'; readonly started: boolean };

/** A batch in the hands of a worker. */
export interface Dispatched {
  readonly outcome: Promise<BatchOutcome>;
  /** Drops the batch if it has not started; the outcome is then `cancelled`. */
  takeBack(): boolean;
}

export interface WorkerSettings {
  /** Set for a thread that serves nobody: it loads models beside those that do, at a lower priority. */
  readonly background?: boolean;
  /** The module that the thread runs. */
  readonly file: URL;
  readonly decoder: Decoder;
  readonly maxImagePixels: number;
  /** Threads of the wide sessions: the cores that all workers share. */
  readonly wideThreads: number;
}

/** One worker holds the wide sessions: while one of them runs, no other could run beside it. */
const WIDE_WORKER = 0;

/** starting: no sessions yet. loading: sessions are being made; takes no batch. dead: waits to be revived. */
export type WorkerState = 'starting' | 'loading' | 'ready' | 'dead' | 'closed';

/** Until a start was measured: what one usually takes. */
const USUAL_START_MS = 500;

/** What is loaded: the same for every worker, but for the wide session that only one holds. */
export type ModelTask = Omit<LoadTask, 'wideThreads'>;

/** Who watches over the thread. */
export interface WorkerWatch {
  /** It has room for a batch again, after a task that was none. */
  free(worker: PoolWorker): void;
  /** The thread has gone. */
  died(worker: PoolWorker): void;
  /** Why, if it is known. */
  diedOf(worker: PoolWorker, cause: unknown): void;
}

export class PoolWorker {
  readonly id: number;
  /** Whether it holds wide sessions beside its narrow ones. */
  readonly hasWide: boolean;
  state: WorkerState = 'starting';
  readonly #settings: WorkerSettings;
  readonly #clock: Clock;
  readonly #watch: WorkerWatch;
  readonly #held = new HeldBatches();
  /** When a thread that is not ready is expected to be, on the clock; and what its last start took. */
  #expectedAt = 0;
  #startedAt = 0;
  #startMs = USUAL_START_MS;
  #piscina: Piscina | undefined;
  #slab = new Slab();
  #causeTold = false;

  constructor(id: number, settings: WorkerSettings, clock: Clock, watch: WorkerWatch) {
    this.id = id;
    this.hasWide = id === WIDE_WORKER && settings.wideThreads > 1;
    this.#settings = settings;
    this.#clock = clock;
    this.#watch = watch;
  }

  /** Batches, and chores between them, with the worker: 0 is idle, SLOTS_PER_WORKER is full. */
  get holding(): number {
    return this.#held.count;
  }

  /** As HeldBatches has it, for this and the next three. */
  get longestMs(): number {
    return this.#held.longestMs;
  }

  /**
   * Predicted milliseconds until it has run what it holds; of a thread that is starting or dead, until it is ready. One
   * that is late is expected to take as long again as it is late.
   */
  remainingMs(now: number): number {
    return this.state === 'ready' ? this.#held.remainingMs(now) : Math.abs(this.#expectedAt - now);
  }

  widePermitMs(now: number): number {
    return this.#held.widePermitMs(now);
  }

  running(now: number): { readonly forMs: number; readonly predictedMs: number } | undefined {
    return this.#held.running(now);
  }

  /**
   * Starts a thread and gives it its memory and settings. Rejects when that fails or the thread dies meanwhile.
   *
   * Always a new Piscina, with its first task posted before the thread can fail: a thread that dies while its
   * module loads, with no task of its own, leaves every later task waiting for ever.
   */
  async setup(): Promise<void> {
    this.state = 'starting';
    this.#startedAt = this.#clock.now();
    this.#expectedAt = this.#startedAt + this.#startMs;
    const successor = this.#piscina;
    this.#piscina = undefined; // What becomes of the thread that Piscina started by itself is nobody's concern.
    await successor?.destroy();
    this.#piscina = this.#start();
    this.#slab = new Slab();
    this.#causeTold = false;
    const { decoder, maxImagePixels, background = false } = this.#settings;
    const task = { kind: 'setup', slab: this.#slab.memory, decoder, maxImagePixels, background } as const;
    const failure = (await this.#post(task)) as Failure | undefined;
    if (failure !== undefined) throw new Error(`The worker could not be set up: ${failure.detail}`);
  }

  /** It takes batches from now on. */
  ready(): void {
    this.state = 'ready';
    this.#startMs = this.#clock.now() - this.#startedAt;
  }

  /** A dead thread will be started again in so many milliseconds. */
  restartsIn(ms: number): void {
    this.#expectedAt = this.#clock.now() + ms + this.#startMs;
  }

  /** Loads one model version whole; the worker takes no batch meanwhile. Rejects when the thread dies meanwhile. */
  async load(model: ModelTask): Promise<LoadReport> {
    const task = this.#loadTask(model);
    const { state } = this;
    this.state = 'loading';
    const report = (await this.#post(task)) as LoadReport;
    // Back to what it was, which is not always ready: a worker that comes back may have more models to load.
    if (this.state === 'loading') this.state = state;
    return report;
  }

  /**
   * Opens a version that another thread has loaded, between two batches: those behind it wait for `predictedMs`. Rejects
   * when the thread dies meanwhile.
   */
  async open(model: ModelTask, predictedMs: number): Promise<LoadReport> {
    return (await this.#chore({ kind: 'open', load: this.#loadTask(model) }, predictedMs)) as LoadReport;
  }

  /** Runs one batch of zeros between two batches. Returns its milliseconds, or why it failed. */
  async warm(instance: number, rows: number, width: Width, predictedMs: number): Promise<number | Failure> {
    const task = { kind: 'warm', instance, rows, width } as const;
    return (await this.#chore(task, predictedMs)) as number | Failure;
  }

  /** Adds the wide session of a version between two batches. Returns whether there is one. */
  async widen(instance: number, predictedMs: number): Promise<boolean> {
    return (await this.#chore({ kind: 'widen', instance }, predictedMs)) === true;
  }

  /** Gives a version's session up, if the worker has one. Rejects when the thread is dead. */
  async unload(instance: number): Promise<void> {
    await this.#post({ kind: 'unload', instance });
  }

  /** Hands over a batch; the caller has seen that `holding` is below SLOTS_PER_WORKER. */
  run(instance: number, width: Width, payloads: readonly Payload[], predictedMs: number): Dispatched {
    const slab = this.#slab;
    const slot = slab.take();
    let task: BatchTask;
    try {
      task = { kind: 'batch', instance, slot, width, ...slab.write(slot, payloads) };
    } catch (error) {
      // Memory for a body larger than a slot could not be had: this batch fails, and the slot is free again.
      slab.free(slot);
      const failure = { kind: 'failure', code: 'INTERNAL', detail: String(error) } as const;
      return { outcome: Promise.resolve(failure), takeBack: () => false };
    }
    const held: Held = { width, predictedMs, begunAt: this.#clock.now() };
    this.#held.add(held);
    const outcome = this.#post(task, task.body).then(
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
    // Once the batch is answered the slot may hold another.
    return { outcome, takeBack: () => this.#held.has(held) && slab.cancel(slot) };
  }

  /** Ends the thread. Only while it holds nothing: ending it inside a run aborts the process. */
  async close(): Promise<void> {
    if (this.holding > 0) throw new Error('This is a bug: a busy worker was closed.');
    this.state = 'closed';
    await this.#piscina?.destroy();
  }

  #loadTask(model: ModelTask): LoadTask {
    return { ...model, wideThreads: this.hasWide ? this.#settings.wideThreads : 1 };
  }

  /** A task that runs in turn with the batches, and is counted among them. */
  async #chore(task: WorkerTask, predictedMs: number): Promise<unknown> {
    const held: Held = { width: 'narrow', predictedMs, begunAt: this.#clock.now() };
    this.#held.add(held);
    try {
      return await this.#post(task);
    } finally {
      this.#held.release(held, this.#clock.now());
      this.#watch.free(this);
    }
  }

  #start(): Piscina {
    const piscina = new Piscina({
      filename: this.#settings.file.href,
      minThreads: 1,
      maxThreads: 1,
      // The batches, and one chore between them.
      concurrentTasksPerWorker: SLOTS_PER_WORKER + 1,
      idleTimeout: Infinity,
      // Measured per task: 17 us against 91 us for the default, which also stops the thread's event loop.
      atomics: 'disabled',
      recordTiming: false,
    });
    // Fires for every way in which a thread can go, with or without a task.
    piscina.on('workerDestroy', () => {
      if (this.#piscina === piscina) this.#died();
    });
    // An error outside any task; without a listener it would end the process.
    piscina.on('error', (error: unknown) => this.#tellCause(error));
    return piscina;
  }

  async #post(task: WorkerTask, transferred?: ArrayBuffer): Promise<unknown> {
    if (this.#piscina === undefined) throw new Error('The worker has no thread.');
    try {
      return await this.#piscina.run(task, transferred === undefined ? {} : { transferList: [transferred] });
    } catch (error) {
      this.#tellCause(error);
      throw error;
    }
  }

  #died(): void {
    if (this.state === 'closed') return;
    this.state = 'dead';
    this.#watch.died(this);
  }

  /** Piscina tells that a thread has gone first, and why right afterwards, to each of its tasks. */
  #tellCause(cause: unknown): void {
    if (this.#causeTold || this.state !== 'dead') return;
    this.#causeTold = true;
    this.#watch.diedOf(this, cause);
  }
}
