/** As many threads as the server would have, doing the server's work without a server. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { modelFile, modelSettings } from '../inputs/only-version.ts';
import type { ModelName } from '../record/results.ts';
import type { Context } from '../run/context.ts';
import { cores } from '../../tools/process/pinning.ts';
import type { Pace, ThreadSetup, Turns } from './order.ts';

interface Reply {
  readonly pace?: Pace;
  readonly error?: string;
}

export class Threads {
  readonly #workers: readonly Worker[];

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  /** Resolves when each has its session and has run every bucket. @throws Error of the first that could not */
  static async start(count: number, setup: ThreadSetup): Promise<Threads> {
    const workers = Array.from(
      { length: count },
      () => new Worker(new URL('thread.ts', import.meta.url), { workerData: setup }),
    );
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    return new Threads(workers);
  }

  /** All of them at once: rows per second together, and the median turn of the median thread. */
  async measure(turns: Turns): Promise<Pace> {
    const paces = await Promise.all(this.#workers.map((worker) => measureOne(worker, turns)));
    const medians = paces.map(({ p50 }) => p50).sort((a, b) => a - b);
    return {
      perSecond: paces.reduce((sum, { perSecond }) => sum + perSecond, 0),
      p50: medians[medians.length >> 1]!,
    };
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        const ended = once(worker, 'exit');
        worker.postMessage('end');
        await ended;
      }),
    );
  }
}

/** The server's threads with this model, on all cores unless `count` says otherwise. */
export const startThreads = (
  { photographs }: Pick<Context, 'photographs'>,
  model: ModelName,
  { count = cores, wideThreads = 1, maxBatchSize = 1 } = {},
): Promise<Threads> =>
  Threads.start(count, {
    file: modelFile(model),
    settings: modelSettings,
    photographs,
    wideThreads,
    maxBatchSize,
  });

async function measureOne(worker: Worker, turns: Turns): Promise<Pace> {
  worker.postMessage(turns);
  const [{ pace, error }] = (await once(worker, 'message')) as [Reply];
  if (pace === undefined) throw new Error(error ?? 'the thread said nothing');
  return pace;
}
