/** What the machine does with no server in the way: the figures that every other one is held against. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Turns } from '../ceilings/order.ts';
import { startThreads, type Threads } from '../ceilings/threads.ts';
import { MODELS, using, type Context, type Section } from '../run/context.ts';
import { cores, pinned } from '../../tools/process/pinning.ts';
import type { Ceiling, ModelName } from '../record/results.ts';
import { closedPhase } from '../run/phases.ts';
import { repeat, repeatEach } from '../run/repetitions.ts';
import { goodPerSecond, valuesOf } from '../run/rows.ts';

const BUCKETS = [1, 2, 4, 8];
const ECHO_CONNECTIONS = 64;
const ECHO_BYTES = 64;

type Row = Pick<Ceiling, 'what' | 'bucket'> & Omit<Turns, 'durationMs'>;

async function measureAll(
  context: Context,
  threads: Threads,
  model: ModelName,
  rows: readonly Row[],
): Promise<Ceiling[]> {
  const paces = await repeatEach(
    context,
    rows,
    ({ work, rows: size }) => `${model} ${work} ${size}`,
    ({ work, rows: size, width }) =>
      threads.measure({ work, rows: size, width, durationMs: context.form.ceilingMs }),
  );
  return rows.map(({ what, bucket }, index) => ({
    what,
    ...(what === 'decode' ? {} : { model }),
    ...(bucket === undefined ? {} : { bucket }),
    threads: cores,
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
  return using(startThreads(context, model, { maxBatchSize: Math.max(...BUCKETS) }), (threads) =>
    measureAll(context, threads, model, rows),
  );
};

const oneWide = (context: Context, model: ModelName): Promise<Ceiling[]> =>
  using(startThreads(context, model, { count: 1, wideThreads: cores }), (threads) =>
    measureAll(context, threads, model, [
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
    const server = {
      url,
      headers: { 'content-type': 'application/octet-stream' },
      bodyOf: (body: Buffer) => body,
      pids: () => [],
    };
    const bodies = [Buffer.alloc(ECHO_BYTES)];
    const outcomes = await repeat(context, 'echo', () =>
      closedPhase(context, server, ECHO_CONNECTIONS, { bodies, durationMs: context.form.ceilingMs }),
    );
    return [
      {
        what: 'echo',
        threads: 1,
        perSecond: outcomes.map(goodPerSecond),
        p50: valuesOf(outcomes, ({ latency }) => latency.p50),
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
