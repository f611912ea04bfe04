/**
 * Brings a model version into workers that serve, without taking one of them out of service for longer than a batch. What
 * takes long (checking, optimising, finding the batch sizes that pay) is done first by a thread of its own that yields
 * the cores to the others. Each worker then opens the optimised form, and warms it up, in steps between its batches.
 *
 * Where no optimised form can be kept (no cache folder, an accelerator), opening takes a worker as long as it takes.
 */
import { ServingError, toServingError } from '../errors.ts';
import type { Loaded, LoadReport, WarmUpRun, Width } from '../thread/load.ts';
import type { ModelTask, PoolWorker } from './worker.ts';

/** Of the wide session, the first run of a size plans and allocates, and the second one is measured. */
const WIDE_RUNS = 2;

/** The wide session is for the few rows of a quiet server. */
const WIDE_ROWS = 4;

export class Loader {
  readonly #create: () => PoolWorker;
  #thread: PoolWorker | undefined;
  #examining = false;

  /** `create` makes the thread, not yet set up; the workers of the pool do not know it. */
  constructor(create: () => PoolWorker) {
    this.#create = create;
  }

  /** Whether its thread loads native code or is inside onnxruntime: ending it then aborts the process. */
  get busy(): boolean {
    return this.#examining;
  }

  /** Loads the version as a worker would at a start, and gives it up again. @throws ServingError MODEL_UNAVAILABLE */
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

  /** Ends the thread; it is started again for the next version. */
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
 * Brings an examined version into one worker, step by step. Returns the runs of its wide session, if it has one.
 * @throws ServingError MODEL_UNAVAILABLE; rejects when the thread dies
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

/** Loads a version whole into a worker that takes no batches meanwhile. @throws ServingError MODEL_UNAVAILABLE */
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
