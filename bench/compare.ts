/**
 * Whether a commit is slower than another: checks both out, runs both servers side by side and loads them in turn. Exit code 1
 * when it is slower in any figure, 2 when the comparison failed. Run nothing else on the machine at the same time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOut } from './compare/checkout.ts';
import { compareInTurn, type Side, type Start } from './compare/in-turn.ts';
import { comparisonTable, judge, LEAST_PAIRS } from './compare/verdict.ts';
import { Generator, GENERATOR_CORE } from './generator/generator.ts';
import { standard } from '../tools/photographs/sets.ts';
import { startOrtolan, type Ortolan } from '../tools/process/ortolan.ts';
import { residentMiB } from '../tools/process/usage.ts';
import { numberFrom, program } from '../tools/process/program.ts';

const WARM_UP_MS = 500;
/** Nothing is refused for being late: a queue is the point of a saturated closed loop. */
const PATIENT = ['--slo-p99-ms', '10000'];

const command = program(
  'node bench/compare.ts',
  'Tells whether a commit is slower than another (some six minutes).',
)
  .argument('<base>', 'a commit, branch or tag')
  .argument('[commit]', 'the one in question; a dot is the working tree as it is', 'HEAD')
  .option('--pairs <n>', 'how often each figure is taken of both', numberFrom(LEAST_PAIRS), 8)
  .option('--seconds <n>', 'length of one phase of load', numberFrom(0.1), 3)
  .parse();
const [base, commit] = command.processedArgs as [string, string];
const { pairs, seconds } = command.opts<{ pairs: number; seconds: number }>();

/** In the order in which they were made; ended the other way round. */
const cleanUps: (() => void | Promise<void>)[] = [];

async function cleanUp(): Promise<void> {
  for (let next = cleanUps.pop(); next !== undefined; next = cleanUps.pop()) await next();
}

async function begin(revision: string): Promise<Side> {
  const { name, root, remove } = checkOut(revision);
  cleanUps.push(remove);
  // Each commit compiles its own models.
  const cacheFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'ortolan-compare-cache-'));
    cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };
  const started = async (cache: string): Promise<Ortolan> => {
    try {
      return await startOrtolan({ root, args: ['--host', '127.0.0.1', '--cache-dir', cache, ...PATIENT] });
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  };
  const server = await started(cacheFolder());
  cleanUps.push(server.stop);
  // A warm-up writes down what it found to pay, which decides over memory: so each pair has a cache of its own.
  const start = async (): Promise<Start> => {
    const cache = cacheFolder();
    const first = await started(cache);
    await first.stop();
    const again = await started(cache);
    const rssMiB = residentMiB(again.pids());
    await again.stop();
    return { firstMs: first.startMs, againMs: again.startMs, rssMiB };
  };
  return { name, server, start };
}

async function compare(): Promise<boolean> {
  const sides = { b: await begin(base), a: await begin(commit) };
  const generator = Generator.start(GENERATOR_CORE);
  cleanUps.push(() => generator.stop());
  const figures = await compareInTurn(sides, generator, {
    pairs,
    phaseMs: 1000 * seconds,
    warmUpMs: WARM_UP_MS,
    photographs: (await standard()).map(({ bytes }) => bytes),
    onPair: (figure, pair) => console.error(`${figure}: ${pair} of ${pairs}`),
  });
  console.log(`${sides.a.name} against ${sides.b.name}, ${pairs} pairs taken in turn`);
  console.log(comparisonTable(figures));
  return figures.some((figure) => judge(figure).kind === 'slower');
}

process.once('SIGINT', () => void cleanUp().finally(() => process.exit(130)));
try {
  process.exitCode = (await compare()) ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
} finally {
  await cleanUp();
}
