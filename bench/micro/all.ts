/**
 * Nanoseconds of the small things that every request passes through: `node bench/micro/all.ts [--quick]` prints a table. They say
 * where the main thread's time goes and show a slip early; what a user waits for, only the load tests say.
 */
import { mixOfSizes, standard } from '../../tools/photographs/sets.ts';
import { extremes, median } from '../record/statistics.ts';
import type { Micro } from '../record/results.ts';
import { answerWorks } from './answers.ts';
import { codecWorks } from './codecs.ts';
import { memoryWorks } from './memory.ts';
import { stageWorks } from './stages.ts';
import { measureAll } from './timing.ts';

/** All of them, one after the other, in this process: half a minute, or some seconds when quick. */
export async function runMicro(quick: boolean): Promise<Micro[]> {
  const photographs = await standard();
  const largest = (await mixOfSizes()).reduce((a, b) => (a.bytes.length >= b.bytes.length ? a : b));
  const two = [photographs[0]!, photographs[1]!] as const;
  const works = [
    ...codecWorks(two),
    ...memoryWorks(photographs, largest),
    ...stageWorks(two[0]),
    ...answerWorks(),
  ];
  const { imageMicro } = await import('./image.ts');
  const { traceMicro } = await import('./traces.ts');
  return [...(await measureAll(works, quick)), ...(await imageMicro(quick)), ...(await traceMicro(quick))];
}

/** Aligned for a terminal: median, least and most of the samples. */
export function tableOf(rows: readonly Micro[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .map(({ name, ns }) => {
      const { min, max } = extremes(ns);
      return `${name.padEnd(width)}  ${inUnits(median(ns)).padStart(8)}  (${inUnits(min)} to ${inUnits(max)})`;
    })
    .join('\n');
}

const UNITS = [
  ['ms', 1e6],
  ['us', 1e3],
  ['ns', 1],
] as const;

/** Three digits, in the unit that needs no power of ten. */
function inUnits(ns: number): string {
  const [unit, size] = UNITS.find(([, least]) => ns >= least) ?? UNITS[2];
  const value = ns / size;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}

if (import.meta.main) {
  console.log(tableOf(await runMicro(process.argv.includes('--quick'))));
}
