/**
 * Loads a model version into workers that serve, without blocking one of them for longer than a batch. The slow steps
 * (checking, optimising, finding the batch sizes that pay) are done first by a separate thread at a lower priority. Each
 * worker then opens the compiled form and warms it up, in steps between its batches.
 *
 * Without a compiled form (no cache folder, an accelerator) a worker is blocked while it opens the model.
 */
import { ServingError, toServingError } from '../errors.ts';
import type { Loaded, LoadReport, WarmUpRun, Width } from '../thread/load.ts';
import type { ModelTask, PoolWorker } from './worker.ts';

/** Runs of each size on the wide session: the first plans and allocates, the second is measured. */
const WIDE_RUNS = 2;

/** Largest bucket that is warmed up on the wide session, which runs the small batches of an idle server. */
const WIDE_ROWS = 4;

export class Loader {
  readonly #create: () => PoolWorker;
  #thread: PoolWorker | undefined;
  #examining = false;

  /** `create` returns a thread that is not set up yet and not part of the pool. */
  constructor(create: () => PoolWorker) {
    this.#create = create;
  }

  /** Whether its thread loads native code or runs onnxruntime: ending it then would abort the process. */
  get busy(): boolean {
    return this.#examining;
  }

  /** Loads the version as a worker does at a start, and unloads it again. @throws ServingError MODEL_UNAVAILABLE */
  async examine(task: ModelTask): Promise<Loaded> {
    this.#examining = true;
    try {
      const thread = await this.#started();
      const report = await loadInto(thread, task);
      await thread.unload(task.instance);
      return report;
    } finally {
      this.#examining = false;
    }
  }

  /** Ends the thread; the next examine() starts a new one. */
  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.close();
  }

  async #started(): Promise<PoolWorker> {
    if (this.#thread !== undefined && this.#thread.state !== 'dead') return this.#thread;
    this.#thread = this.#create();
    await this.#thread.setup();
    return this.#thread;
  }
}

/**
 * Opens and warms up an examined version in one worker, step by step. Returns the measured runs of its wide session; empty
 * when it has none. @throws ServingError MODEL_UNAVAILABLE; rejects when the thread dies
 */
export async function attach(worker: PoolWorker, task: ModelTask, examined: Loaded): Promise<WarmUpRun[]> {
  const { instance } = task;
  const narrow = examined.warmUp.filter(({ rows }) => rows <= (task.warmUpTo ?? Infinity));
  usable(await worker.open(task, examined.openMs));
  for (const { rows, ms } of narrow) await warm(worker, instance, rows, 'narrow', ms);
  if (!worker.hasWide || !(await worker.widen(instance, examined.openMs))) return [];
  const runs: WarmUpRun[] = [];
  for (const { rows, ms } of narrow.filter((run) => run.rows <= WIDE_ROWS)) {
    let last = ms;
    for (let run = 0; run < WIDE_RUNS; run++) last = await warm(worker, instance, rows, 'wide', last);
    runs.push({ rows, width: 'wide', ms: last });
  }
  return runs;
}

/** Loads a version into a worker in one step; the worker takes no batches meanwhile. @throws ServingError MODEL_UNAVAILABLE */
export async function loadInto(worker: PoolWorker, task: ModelTask): Promise<Loaded> {
  const report = await worker.load(task).catch((cause: unknown) => {
    throw new ServingError('MODEL_UNAVAILABLE', 'The worker died while it loaded the model.', { cause });
  });
  return usable(report);
}

function usable(report: LoadReport): Loaded {
  if (!report.ok) throw toServingError(report);
  return report;
}

async function warm(
  worker: PoolWorker,
  instance: number,
  rows: number,
  width: Width,
  predictedMs: number,
): Promise<number> {
  const ms = await worker.warm(instance, rows, width, predictedMs);
  if (typeof ms === 'number') return ms;
  throw new ServingError('MODEL_UNAVAILABLE', `A batch of ${rows} rows could not be run: ${ms.detail}`);
}
