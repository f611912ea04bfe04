/** A pool of real threads with a clock that stands still, closed when the test is over. */
import type { Test } from 'tap';
import type { ItemResult } from '../../src/thread/messages.ts';
import type { LoadTask } from '../../src/thread/load.ts';
import { Pool, WORKER_FILE } from '../../src/pool/pool.ts';
import type { Payload } from '../../src/thread/payload.ts';
import type { BatchOutcome } from '../../src/pool/worker.ts';
import { FakeClock, settled } from './fake-clock.ts';
import { Gate } from './faults.ts';
import type { TinyModel } from './tiny-models.ts';

export interface TestPoolOptions {
  readonly workers?: number;
  readonly file?: URL;
  /** Threads of the wide sessions; without it there are none. */
  readonly wideThreads?: number;
}

type Told =
  | readonly ['died', worker: number, deaths: number]
  | readonly ['restarted', worker: number]
  | readonly ['failed', worker: number, error: unknown]
  | readonly ['wedged', worker: number];

export interface TestPool {
  readonly pool: Pool;
  readonly clock: FakeClock;
  readonly gate: Gate;
  /** What the supervisor has told so far. */
  readonly told: readonly Told[];
  /** Resolves when it has told that much. */
  toldOf(count: number): Promise<void>;
}

/** Threads are started; models are the test's to load. */
export async function startPool(
  t: Pick<Test, 'teardown'>,
  { workers = 1, file = WORKER_FILE, wideThreads = 1 }: TestPoolOptions = {},
): Promise<TestPool> {
  const clock = new FakeClock();
  const gate = new Gate();
  const told: Told[] = [];
  let waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const tell = (...one: Told): void => {
    told.push(one);
    waiting = waiting.filter(({ count, resolve }) => told.length < count || resolve());
  };
  const toldOf = (count: number): Promise<void> =>
    told.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }));
  const pool = new Pool(
    { workers, file, decoder: 'turbo', maxImagePixels: 50e6, wideThreads, wedgedAfterMs: 30_000 },
    clock,
    {
      workerDied: (worker, deaths) => tell('died', worker, deaths),
      workerDiedOf: () => undefined,
      workerRestarted: (worker) => tell('restarted', worker),
      workerRestartFailed: (worker, error) => tell('failed', worker, error),
      workerWedged: (worker) => tell('wedged', worker),
    },
    () => undefined,
  );
  t.teardown(async () => {
    gate.close();
    while (pool.busy) await settled();
    await pool.close();
  });
  await pool.start();
  return { pool, clock, gate, told, toldOf };
}

/** A task that loads the model as its model.json would have it. */
export const loadTask = (file: string, { config }: Pick<TinyModel, 'config'>, instance = 0): LoadTask => ({
  kind: 'load',
  instance,
  file,
  device: 'cpu',
  deviceFallback: 'error',
  inputs: config.inputs,
  outputs: config.outputs,
  preprocess: config.preprocess,
  softmax: config.postprocess?.softmax ?? true,
  maxBatchSize: config.maxBatchSize ?? 8,
  warmUpTo: config.maxBatchSize ?? 8,
  wideThreads: 1,
  compiledFolder: undefined,
});

/** One entry of FP32 rows for the affine model: each row is four times its number. */
export const affineRows = (...values: readonly number[]): Payload[] => [
  {
    kind: 'rows',
    inputs: [new Uint8Array(Float32Array.from(values.flatMap((one) => [one, one, one, one])).buffer)],
    rows: values.length,
  },
];

/** First element of each row of the first output of an entry. */
export function affineAnswer(outcome: BatchOutcome, entry = 0): number[] {
  const item: ItemResult | undefined = outcome.kind === 'done' ? outcome.items[entry] : undefined;
  if (item?.kind !== 'outputs') throw new Error(`not an answer: ${JSON.stringify(outcome)}`);
  return [...new Float32Array(item.outputs[0]!)].filter((_, index) => index % 4 === 0);
}
