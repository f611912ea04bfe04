/**
 * What the thread that serves everyone costs for each answer, of two commits (or of one with and without an option) in turn: its
 * processor time, how often it sleeps and is woken, what it leaves to the garbage collector. Processor time by thread can be
 * compared on a machine that is not quiet, as throughput cannot.
 *
 *   node bench/main-thread/main.ts HEAD~1 .
 *   node bench/main-thread/main.ts . . --base-args "--coalesce-ms 0"
 */
import { join } from 'node:path';
import { standard } from '../../tools/photographs/sets.ts';
import { startOrtolan, type Ortolan } from '../../tools/process/ortolan.ts';
import { namesOf, numberFrom, program } from '../../tools/process/program.ts';
import { checkOut } from '../compare/checkout.ts';
import { comparisonTable, LEAST_PAIRS, type Figure } from '../compare/verdict.ts';
import { Generator, GENERATOR_CORE } from '../generator/generator.ts';
import type { Outcome, Phase } from '../generator/phase.ts';
import { rowOf, writeModels } from '../inputs/models.ts';
import { onlyVersion, WORK } from '../inputs/only-version.ts';
import { serverOf, threadUsage } from './thread-usage.ts';

const WARM_UP_MS = 1000;
/** Of what is overloaded. */
const DEADLINE_MS = 250;
const CONNECTIONS = 16;
const OCTETS = { 'content-type': 'application/octet-stream' };

interface Load {
  /** Folder of the models. */
  readonly models: string;
  readonly args: readonly string[];
  readonly phase: (server: Ortolan, durationMs: number) => Phase;
}

await writeModels(join(WORK, 'main-thread'), ['matrix']);
const photographs = (await standard()).map(({ bytes }) => bytes);

const common = (server: Ortolan, durationMs: number) => ({
  url: server.url,
  headers: server.headers,
  bodies: photographs,
  warmUpMs: 0,
  durationMs,
  pids: [],
  sloMs: DEADLINE_MS,
});

const closed = (model: 'int8' | 'fp32'): Load => ({
  models: onlyVersion(model),
  args: ['--slo-p99-ms', '10000'],
  phase: (server, durationMs) => ({
    ...common(server, durationMs),
    kind: 'closed',
    connections: CONNECTIONS,
  }),
});

const overloaded = (models: string, perSecond: number, bodies?: readonly Buffer[]): Load => ({
  models,
  args: ['--slo-p99-ms', String(DEADLINE_MS)],
  phase: (server, durationMs) => ({
    ...common(server, durationMs),
    ...(bodies && { bodies, headers: OCTETS }),
    kind: 'open',
    perSecond,
    seed: 1,
  }),
});

/** Two cores do some 400 photographs (int8) and some 450 of the rows a second. */
const LOADS: Readonly<Record<string, Load>> = {
  int8: closed('int8'),
  fp32: closed('fp32'),
  'refused photographs': overloaded(onlyVersion('int8'), 1200),
  'refused rows': overloaded(join(WORK, 'main-thread'), 4400, [rowOf('matrix')]),
};

const command = program(
  'node bench/main-thread/main.ts',
  'What the thread that serves everyone costs, of two commits in turn (four minutes).',
)
  .argument('<base>', 'a commit, branch or tag; a dot is the working tree as it is')
  .argument('[commit]', 'the one in question', '.')
  .option('--pairs <n>', 'how often each figure is taken of both', numberFrom(LEAST_PAIRS), 8)
  .option('--seconds <n>', 'length of one phase of load', numberFrom(0.1), 3)
  .option('--loads <names>', Object.keys(LOADS).join(','), namesOf(Object.keys(LOADS)), Object.keys(LOADS))
  .option('--base-args <options>', 'options of the base alone, as ortolan serve takes them', '')
  .option('--args <options>', 'options of the one in question alone', '')
  .parse();
const [base, commit] = command.processedArgs as [string, string];
const { pairs, seconds, loads, ...more } = command.opts<{
  pairs: number;
  seconds: number;
  loads: readonly string[];
  baseArgs: string;
  args: string;
}>();

interface Taken {
  readonly mainUs: number;
  readonly othersUs: number;
  readonly sleeps: number;
  readonly preemptions: number;
  /** Collections of the young generation, of a thousand requests. */
  readonly scavenges: number;
  readonly outcome: Outcome;
}

async function take(server: Ortolan, load: Load, generator: Generator): Promise<Taken> {
  const pid = serverOf(server.pids());
  const scavengesBefore = await scavenges(server);
  const before = threadUsage(pid);
  const outcome = await generator.play(load.phase(server, 1000 * seconds));
  const after = threadUsage(pid);
  const ended = outcome.good + outcome.refused;
  if (outcome.good === 0) throw new Error(`no answers: ${JSON.stringify(outcome.failures)}`);
  return {
    mainUs: (1000 * (after.mainMs - before.mainMs)) / ended,
    othersUs: (1000 * (after.othersMs - before.othersMs)) / outcome.good,
    sleeps: (after.sleeps - before.sleeps) / ended,
    preemptions: (after.preemptions - before.preemptions) / ended,
    scavenges: (1000 * ((await scavenges(server)) - scavengesBefore)) / ended,
    outcome,
  };
}

/** Of the thread that serves everyone; each is as many bytes as a half of its young generation holds. */
async function scavenges({ origin }: Ortolan): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(/^nodejs_gc_duration_seconds_count\{kind="minor"\} (\d+)/m.exec(text)?.[1] ?? 0);
}

const KINDS: readonly (Pick<Figure, 'better' | 'unit'> & { readonly value: (taken: Taken) => number })[] = [
  { unit: 'us of the main thread a request', better: 'less', value: ({ mainUs }) => mainUs },
  { unit: 'us of other threads an answer', better: 'less', value: ({ othersUs }) => othersUs },
  { unit: 'sleeps a request', better: 'less', value: ({ sleeps }) => sleeps },
  { unit: 'preemptions a request', better: 'less', value: ({ preemptions }) => preemptions },
  { unit: 'scavenges a thousand requests', better: 'less', value: (taken) => taken.scavenges },
  { unit: 'in time a second', better: 'more', value: ({ outcome }) => outcome.inTime / outcome.seconds },
  { unit: 'ms p50', better: 'less', value: ({ outcome }) => outcome.latency.p50 },
  { unit: 'ms p99', better: 'less', value: ({ outcome }) => outcome.latency.p99 },
];
const OF_REFUSALS: typeof KINDS = [
  { unit: 'ms p99 of refusals', better: 'less', value: ({ outcome }) => outcome.refusal.p99 },
];

async function compare(name: string, load: Load, generator: Generator): Promise<Figure[]> {
  const trees = [checkOut(base), checkOut(commit)] as const;
  const cleanUps: (() => unknown)[] = trees.map(({ remove }) => remove);
  const begin = async (root: string, own: string): Promise<Ortolan> => {
    const args = [...load.args, ...own.split(' ').filter((word) => word !== '')];
    const server = await startOrtolan({ root, models: load.models, args: ['--host', '127.0.0.1', ...args] });
    cleanUps.push(() => server.stop());
    await generator.play(load.phase(server, WARM_UP_MS));
    return server;
  };
  try {
    const servers = [
      await begin(trees[0].root, more.baseArgs),
      await begin(trees[1].root, more.args),
    ] as const;
    const taken: { a: Taken; b: Taken }[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const order = pair % 2 === 0 ? [0, 1] : [1, 0];
      const both: Taken[] = [];
      for (const side of order) both[side] = await take(servers[side]!, load, generator);
      taken.push({ b: both[0]!, a: both[1]! });
      console.error(`${name}: ${pair + 1} of ${pairs}`);
    }
    const kinds = taken[0]!.a.outcome.refused > 0 ? [...KINDS, ...OF_REFUSALS] : KINDS;
    return kinds.map(({ unit, better, value }) => {
      const of = taken.map(({ a, b }) => ({ a: value(a) || 1e-9, b: value(b) || 1e-9 }));
      return { name, unit, better, pairs: of };
    });
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }
}

const generator = Generator.start(GENERATOR_CORE);
try {
  const figures: Figure[] = [];
  for (const name of loads) figures.push(...(await compare(name, LOADS[name]!, generator)));
  console.log(comparisonTable(figures));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
} finally {
  await generator.stop();
}
