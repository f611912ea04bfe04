/**
 * The worker threads of the process and the model versions that each of them holds. One set of workers serves
 * all models; every worker has an instance (a session) of every version.
 */
import { extname } from 'node:path';
import type { Clock } from '../clock.ts';
import { ServingError, toServingError } from '../errors.ts';
import type { LoadReport } from '../thread/messages.ts';
import { Supervisor, type SupervisorEvents } from './supervisor.ts';
import { PoolWorker, type ModelTask, type WorkerSettings } from './worker.ts';

export interface PoolSettings extends WorkerSettings {
  readonly workers: number;
  /** A batch that runs longer than this, and than 20 x its prediction, means a wedged worker. */
  readonly wedgedAfterMs: number;
}

type Loaded = Extract<LoadReport, { ok: true }>;

export class Pool {
  readonly workers: readonly PoolWorker[];
  readonly supervisor: Supervisor;
  readonly #instances = new Map<number, ModelTask>();

  constructor(settings: PoolSettings, clock: Clock, events: SupervisorEvents, onWorkerReady: () => void) {
    this.supervisor = new Supervisor(
      settings.wedgedAfterMs,
      clock,
      events,
      (worker) => this.#prepare(worker),
      onWorkerReady,
    );
    this.workers = Array.from(
      { length: settings.workers },
      (_, id) => new PoolWorker(id, settings, clock, this.supervisor),
    );
  }

  /** Starts every thread. Nothing is loaded yet. */
  async start(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.setup()));
    for (const worker of this.workers) worker.state = 'ready';
  }

  /**
   * Loads a model version into every worker. One worker after the other when `whileServing`, so that the rest
   * go on answering. Gives the report of each.
   * @throws ServingError MODEL_UNAVAILABLE when the file, the signature or the provider is no good.
   */
  async load(task: ModelTask, whileServing: boolean): Promise<readonly Loaded[]> {
    this.#instances.set(task.instance, task);
    try {
      if (!whileServing) return await Promise.all(this.workers.map((worker) => loadInto(worker, task)));
      const reports: Loaded[] = [];
      for (const worker of this.workers) reports.push(await loadInto(worker, task));
      return reports;
    } catch (error) {
      await this.unload(task.instance);
      throw error;
    }
  }

  /** Gives a version up in every worker. */
  async unload(instance: number): Promise<void> {
    this.#instances.delete(instance);
    await Promise.allSettled(this.workers.map((worker) => worker.unload(instance)));
  }

  /** Ends every thread; all of them must be idle. */
  async close(): Promise<void> {
    this.supervisor.close();
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  /** Whether any worker holds a batch. */
  get busy(): boolean {
    return this.workers.some((worker) => worker.holding > 0);
  }

  /** Makes a replaced thread what its predecessor was. */
  async #prepare(worker: PoolWorker): Promise<void> {
    await worker.setup();
    for (const task of this.#instances.values()) await loadInto(worker, task);
    worker.state = 'ready';
  }
}

async function loadInto(worker: PoolWorker, task: ModelTask): Promise<Loaded> {
  const report = await worker.load(task).catch((cause: unknown) => {
    throw new ServingError('MODEL_UNAVAILABLE', 'The worker died while it loaded the model.', { cause });
  });
  if (!report.ok) throw toServingError(report);
  return report;
}

/** The module that worker threads run: TypeScript in the sources, JavaScript in dist. */
export const WORKER_FILE = new URL(`../../workers/infer${extname(import.meta.url)}`, import.meta.url);
