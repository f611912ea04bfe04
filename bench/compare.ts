/**
 * The gate against slower commits: checks two of them out, runs both servers side by side and loads them in turn.
 *
 *   node bench/compare.ts BASE [COMMIT] [--pairs 8] [--seconds 3]
 *
 * COMMIT is HEAD when it is not given; `.` is the working tree as it is. Exit code 1 when the commit is slower than the base in any
 * figure, 2 when they could not be compared. It takes about five minutes, and nothing else should run meanwhile.
 */
import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkOut } from './compare/checkout.ts';
import { duel } from './compare/duel.ts';
import { startRival } from './compare/rival.ts';
import { comparisonTable, judge, LEAST_PAIRS } from './compare/verdict.ts';
import { standard } from './inputs/photographs.ts';
import { Generator } from './load/generator.ts';
import { GENERATOR_CORE } from './pinning.ts';

const WARM_UP_MS = 500;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: '8' },
    seconds: { type: 'string', default: '3' },
  },
});
const [base, commit = 'HEAD', ...rest] = positionals;
const pairs = Number(values.pairs);
const phaseMs = 1000 * Number(values.seconds);
const wrong =
  base === undefined || rest.length > 0 || !Number.isInteger(pairs) || pairs < LEAST_PAIRS || !(phaseMs > 0);

/** In the order in which they were made; ended the other way round. */
const cleanUps: (() => void | Promise<void>)[] = [];

async function cleanUp(): Promise<void> {
  for (let next = cleanUps.pop(); next !== undefined; next = cleanUps.pop()) await next();
}

async function compare(baseRevision: string): Promise<boolean> {
  const start = async (revision: string): ReturnType<typeof startRival> => {
    const checkout = checkOut(revision);
    cleanUps.push(checkout.remove);
    const cache = mkdtempSync(join(tmpdir(), 'ortolan-compare-cache-'));
    cleanUps.push(() => rmSync(cache, { recursive: true, force: true }));
    const rival = await startRival(checkout, cache);
    cleanUps.push(rival.stop);
    return rival;
  };
  const sides = { b: await start(baseRevision), a: await start(commit) };
  const generator = Generator.start(GENERATOR_CORE);
  cleanUps.push(() => generator.stop());
  const figures = await duel(sides, generator, {
    pairs,
    phaseMs,
    warmUpMs: WARM_UP_MS,
    photographs: (await standard()).map(({ bytes }) => bytes),
    onPair: (figure, { a, b }) =>
      console.error(`${figure}: ${sides.b.name} ${b.toPrecision(4)}, ${sides.a.name} ${a.toPrecision(4)}`),
  });
  console.log(`${sides.a.name} against ${sides.b.name}, ${pairs} pairs taken in turn`);
  console.log(comparisonTable(figures));
  return figures.some((figure) => judge(figure).kind === 'slower');
}

process.once('SIGINT', () => void cleanUp().finally(() => process.exit(130)));
if (wrong) {
  console.error('Usage: node bench/compare.ts BASE [COMMIT] [--pairs 8] [--seconds 3]');
  console.error(
    `COMMIT is HEAD when it is not given, and the working tree when it is a dot; at least ${LEAST_PAIRS} pairs.`,
  );
  process.exitCode = 2;
} else {
  try {
    process.exitCode = (await compare(base)) ? 1 : 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  } finally {
    await cleanUp();
  }
}
