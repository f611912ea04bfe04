/** What the machine does with no server in the way: the figures that every other one is held against. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Pace, Turns } from '../ceilings/order.ts';
import { Threads } from '../ceilings/threads.ts';
import { MODELS, using, type Context, type Section } from '../context.ts';
import { modelFile, modelSettings } from '../model-folder.ts';
import { cores, pinned } from '../pinning.ts';
import type { Ceiling, ModelName } from '../results.ts';
import { goodPerSecond } from '../rows.ts';

const BUCKETS = [1, 2, 4, 8];
const ECHO_CONNECTIONS = 64;
const ECHO_BYTES = 64;

/** The server's threads without the server, at any model. */
export const startThreads = (
  context: Context,
  model: ModelName,
  count = cores,
  wideThreads = 1,
  maxBatchSize = 1,
): Promise<Threads> =>
  Threads.start(count, {
    file: modelFile(model),
    settings: modelSettings,
    photographs: context.photographs,
    wideThreads,
    maxBatchSize,
  });

type Row = Pick<Ceiling, 'what' | 'bucket'> & Pick<Turns, 'work' | 'rows'>;

async function measureAll(
  context: Context,
  threads: Threads,
  count: number,
  model: ModelName,
  rows: readonly (Row & Pick<Turns, 'width'>)[],
): Promise<Ceiling[]> {
  const paces = rows.map((): Pace[] => []);
  for (let repetition = 0; repetition < context.form.repetitions; repetition++) {
    for (const [index, { work, rows: size, width }] of rows.entries()) {
      const turns = { work, rows: size, width, durationMs: context.form.ceilingMs };
      paces[index]!.push(await threads.measure(turns));
      context.progress.step(`${model} ${work} ${size}`);
    }
  }
  return rows.map(({ what, bucket }, index) => ({
    what,
    ...(what === 'decode' ? {} : { model }),
    ...(bucket === undefined ? {} : { bucket }),
    threads: count,
    perSecond: paces[index]!.map(({ perSecond }) => perSecond),
    p50: paces[index]!.map(({ p50 }) => p50),
  }));
}

const wholeMachine = (context: Context, model: ModelName): Promise<Ceiling[]> => {
  const rows = [
    // The decode does not depend on the model: once is enough.
    ...(model === 'fp32' ? [{ what: 'decode', work: 'decode', rows: 1 } as const] : []),
    ...BUCKETS.map((bucket) => ({ what: 'run', work: 'run', bucket, rows: bucket }) as const),
    { what: 'decode and run', work: 'decode and run', bucket: 1, rows: 1 } as const,
  ].map((row) => ({ ...row, width: 'narrow' as const }));
  return using(startThreads(context, model, cores, 1, Math.max(...BUCKETS)), (threads) =>
    measureAll(context, threads, cores, model, rows),
  );
};

const oneWide = (context: Context, model: ModelName): Promise<Ceiling[]> =>
  using(startThreads(context, model, 1, cores), (threads) =>
    measureAll(context, threads, cores, model, [
      { what: 'decode and wide run', work: 'decode and run', bucket: 1, rows: 1, width: 'wide' },
    ]),
  );

async function startEcho(): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const script = join(import.meta.dirname, '../ceilings/echo.ts');
  const [command, args] = pinned('0', process.execPath, [script]);
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [port] = (await once(child, 'message')) as [number];
  return {
    url: `http://127.0.0.1:${port}/`,
    async stop() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

const echo = (context: Context): Promise<Ceiling[]> =>
  using(startEcho(), async ({ url }) => {
    const outcomes = [];
    for (let repetition = 0; repetition < context.form.repetitions; repetition++) {
      outcomes.push(
        await context.generator.play({
          kind: 'closed',
          url,
          headers: { 'content-type': 'application/octet-stream' },
          bodies: [Buffer.alloc(ECHO_BYTES)],
          connections: ECHO_CONNECTIONS,
          warmUpMs: context.form.warmUpMs,
          durationMs: context.form.ceilingMs,
          pids: [],
          sloMs: Infinity,
        }),
      );
      context.progress.step('echo');
    }
    return [
      {
        what: 'echo',
        threads: 1,
        perSecond: outcomes.map(goodPerSecond),
        p50: outcomes.map(({ latency }) => latency.p50),
      },
    ];
  });

export const ceilings: Section = {
  name: 'ceilings',
  steps: ({ repetitions }) => repetitions * (1 + MODELS.length * (BUCKETS.length + 2) + 1),
  async run(context) {
    const parts: (Ceiling[] | undefined)[] = [];
    for (const model of MODELS) {
      parts.push(await context.attempt(`ceilings of ${model}`, () => wholeMachine(context, model)));
      parts.push(await context.attempt(`wide ceiling of ${model}`, () => oneWide(context, model)));
    }
    parts.push(await context.attempt('ceiling of the front end', () => echo(context)));
    return { ceilings: parts.flatMap((part) => part ?? []) };
  },
};
