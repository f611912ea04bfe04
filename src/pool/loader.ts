/**
 * Loads a model version into workers that serve, without blocking one of them for longer than a batch. The slow steps
 * (checking, optimising, finding the batch sizes that pay) are done first by a separate thread at a lower priority, unless
 * an earlier start has done them. Each worker then opens the compiled form and warms it up, in steps between its batches.
 *
 * Without a compiled form (no cache folder) a worker is blocked while it opens the model. What runs on a device is loaded by
 * device/load-on-device.ts.
 */
import { ServingError } from '../errors.ts';
import {
  bucketsUpTo,
  WIDE_ROWS,
  type Loaded,
  type LoadReport,
  type WarmUpRun,
  type Width,
} from '../thread/load.ts';
import { runOne, type Examination } from './run-one.ts';
import type { ModelTask, PoolWorker } from './worker.ts';

/** Runs of a size that is measured: the first plans and allocates, the second is measured. */
const MEASURED_RUNS = 2;

/** Predicted milliseconds of a step of which nothing is known. */
const UNKNOWN_MS = 20;

export class Loader {
  readonly #create: () => PoolWorker;
  #thread: PoolWorker | undefined;
  #examining = false;

  /** `create` returns a thread that is not set up yet and not part of the pool. */
  constructor(create: () => PoolWorker) {
    this.#create = create;
  }

  /** Undefined while it has none. */
  get thread(): PoolWorker | undefined {
    return this.#thread;
  }

  /** Whether its thread loads native code or runs onnxruntime: ending it then would abort the process. */
  get busy(): boolean {
    return this.#examining;
  }

  /**
   * Loads the version as a worker does at a start, has it examined, and unloads it again.
   * @throws ServingError MODEL_UNAVAILABLE; what `examine` throws
   */
  async examine(task: ModelTask, examine?: Examination): Promise<Loaded> {
    this.#examining = true;
    try {
      const thread = await this.#started();
      const report = await loadInto(thread, task);
      try {
        await examine?.(report, (payload) => runOne(thread, task.instance, payload));
      } finally {
        await thread.unload(task.instance);
      }
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
    await this.close();
    const thread = this.#create();
    await thread.setup();
    this.#thread = thread;
    return thread;
  }
}

/**
 * Opens and warms up a version in one worker, step by step; task.warmUpTo is known. `longestMs`: longer batches are not
 * warmed up. `known`: the report of a thread that loaded it before, whose narrow runs are not measured again. Returns a
 * report with the runs that were measured here.
 * @throws ServingError MODEL_UNAVAILABLE; rejects when the thread dies
 */
export async function attach(
  worker: PoolWorker,
  task: ModelTask,
  longestMs: number,
  known?: Loaded,
): Promise<Loaded> {
  const { instance } = task;
  const report = usable(
    await worker.open({ ...task, openFrom: known?.opened.openFrom }, known?.openMs ?? UNKNOWN_MS),
  );
  const expected = known?.warmUp ?? [];
  const buckets = bucketsUpTo(Math.min(task.warmUpTo ?? 1, report.maxBatchSize)).filter(
    (rows) => rows === 1 || (expected.find((run) => run.rows === rows)?.ms ?? 0) <= longestMs,
  );
  const narrow = await warmed(worker, instance, 'narrow', buckets, expected, known === undefined);
  if (!worker.hasWide || !(await worker.widen(instance, report.openMs))) return { ...report, warmUp: narrow };
  const few = buckets.filter((rows) => rows <= WIDE_ROWS);
  return { ...report, warmUp: [...narrow, ...(await warmed(worker, instance, 'wide', few, narrow, true))] };
}

/** Runs each bucket once, or as often as it takes to measure it. `expected`: runs of the same buckets elsewhere. */
async function warmed(
  worker: PoolWorker,
  instance: number,
  width: Width,
  buckets: readonly number[],
  expected: readonly WarmUpRun[],
  measured: boolean,
): Promise<WarmUpRun[]> {
  const runs: WarmUpRun[] = [];
  for (const rows of buckets) {
    let ms: number | undefined = expected.find((run) => run.rows === rows)?.ms ?? UNKNOWN_MS;
    for (let run = 0; run < (measured ? MEASURED_RUNS : 1) && ms !== undefined; run++) {
      ms = await warm(worker, instance, rows, width, ms);
    }
    if (ms === undefined) return runs;
    runs.push({ rows, width, ms });
  }
  return runs;
}

/** Loads a version into a worker in one step; the worker takes no batches meanwhile. @throws ServingError MODEL_UNAVAILABLE */
export async function loadInto(worker: PoolWorker, task: ModelTask): Promise<Loaded> {
  const report = await worker.load(task).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ServingError('MODEL_UNAVAILABLE', `The thread died while it loaded the model: ${why}`, {
      cause,
    });
  });
  return usable(report);
}

/** @throws ServingError MODEL_UNAVAILABLE */
export function usable(report: LoadReport): Loaded {
  if (report.ok) return report;
  // The operator reads this, so that even the detail of an internal error is of use.
  throw new ServingError('MODEL_UNAVAILABLE', report.detail);
}

async function warm(
  worker: PoolWorker,
  instance: number,
  rows: number,
  width: Width,
  predictedMs: number,
): Promise<number | undefined> {
  const ms = await worker.warm(instance, rows, width, predictedMs);
  if (ms === undefined || typeof ms === 'number') return ms;
  throw new ServingError('MODEL_UNAVAILABLE', `A batch of ${rows} rows could not be run: ${ms.detail}`);
}
