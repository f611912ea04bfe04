/** A pool of real threads with a fake clock, closed when the test ends. */
import type { Test } from 'tap';
import type { ItemResult } from '../../src/thread/messages.ts';
import type { LoadTask } from '../../src/thread/load.ts';
import { Pool, WORKER_FILE } from '../../src/pool/pool.ts';
import type { Payload } from '../../src/thread/payload.ts';
import type { BatchOutcome } from '../../src/pool/held.ts';
import { FakeClock, settled } from './fake-clock.ts';
import { Gate } from './faults.ts';
import type { TinyModel } from './tiny-models.ts';

export interface TestPoolOptions {
  readonly workers?: number;
  readonly file?: URL;
  /** Threads of the wide sessions; 1, the default, for none. */
  readonly wideThreads?: number;
}

type PoolEvent =
  | readonly ['died', worker: number, deaths: number]
  | readonly ['restarted', worker: number]
  | readonly ['failed', worker: number, error: unknown]
  | readonly ['wedged', worker: number];

export interface TestPool {
  readonly pool: Pool;
  readonly clock: FakeClock;
  readonly gate: Gate;
  /** Events of the supervisor so far. */
  readonly events: readonly PoolEvent[];
  /** Versions that a replaced worker could not load, with the errors. */
  readonly lost: readonly (readonly [instance: number, error: unknown])[];
  /** Resolves when there are `count` of them. */
  untilEvents(count: number): Promise<void>;
}

/** Starts the threads; the test loads models. */
export async function startPool(
  t: Pick<Test, 'teardown'>,
  { workers = 1, file = WORKER_FILE, wideThreads = 1 }: TestPoolOptions = {},
): Promise<TestPool> {
  const clock = new FakeClock();
  const gate = new Gate();
  const events: PoolEvent[] = [];
  const lost: [number, unknown][] = [];
  let waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const record = (...one: PoolEvent): void => {
    events.push(one);
    waiting = waiting.filter(({ count, resolve }) => events.length < count || resolve());
  };
  const untilEvents = (count: number): Promise<void> =>
    events.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }));
  const pool = new Pool(
    {
      workers,
      file,
      decoder: 'turbo',
      maxImagePixels: 50e6,
      wideThreads,
      wedgedAfterMs: 30_000,
      loadWedgedAfterMs: 600_000,
    },
    clock,
    {
      workerDied: (worker, deaths) => record('died', worker, deaths),
      workerDiedOf: () => undefined,
      workerRestarted: (worker) => record('restarted', worker),
      workerRestartFailed: (worker, error) => record('failed', worker, error),
      workerWedged: (worker) => record('wedged', worker),
    },
    () => undefined,
    (instance, error) => lost.push([instance, error]),
  );
  t.teardown(async () => {
    gate.close();
    while (pool.busy) await settled();
    await pool.close();
  });
  await pool.start();
  return { pool, clock, gate, events, lost, untilEvents };
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
  batching: config.batching ?? 'auto',
  maxBatchSize: config.maxBatchSize ?? 8,
  warmUpTo: config.maxBatchSize ?? 8,
  wideThreads: 1,
  compiledFolder: undefined,
});

/** One entry of FP32 rows for the affine model: each row is its number, four times. */
export const affineRows = (...values: readonly number[]): Payload[] => [
  {
    kind: 'tensors',
    inputs: [
      {
        shape: [values.length, 4],
        data: new Uint8Array(Float32Array.from(values.flatMap((one) => [one, one, one, one])).buffer),
      },
    ],
    rows: values.length,
  },
];

/** First element of each row of the first output of an entry. */
export function affineAnswer(outcome: BatchOutcome, entry = 0): number[] {
  const item: ItemResult | undefined = outcome.kind === 'done' ? outcome.items[entry] : undefined;
  if (item?.kind !== 'outputs') throw new Error(`not an answer: ${JSON.stringify(outcome)}`);
  return [...new Float32Array(new Uint8Array(item.outputs[0]!.data).buffer)].filter(
    (_, index) => index % 4 === 0,
  );
}
