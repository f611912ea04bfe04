/**
 * Time of the small things that requests pass through: codecs, limits, authentication, features, the log of predictions, preprocessing, tracing. It says where the time of a thread
 * goes; what a user waits for, only the load tests say.
 */
import { standard } from '../../tools/photographs/sets.ts';
import { program } from '../../tools/process/program.ts';
import type { Micro } from '../record/results.ts';
import { extremes, median } from '../record/statistics.ts';
import { authenticationWorks } from './authentication.ts';
import { codecWorks } from './codecs.ts';
import { learnWorks } from './learn.ts';
import { limitWorks } from './limits.ts';
import { predictionWorks } from './predictions.ts';
import { measureAll } from './timing.ts';

/** All of them, one after the other, in this process: half a minute, or some seconds when quick. */
export async function runMicro(quick: boolean): Promise<Micro[]> {
  const [first, second] = await standard();
  const codecs = await measureAll(codecWorks([first!, second!]), quick);
  const limits = await measureAll(limitWorks(), quick);
  const authentication = await measureAll(await authenticationWorks(), quick);
  const predictions = await measureAll(predictionWorks(first!), quick);
  const learn = await measureAll(learnWorks(), quick);
  // What they load would weigh on the codecs.
  const { imageMicro } = await import('./image.ts');
  const { traceMicro } = await import('./traces.ts');
  return [
    ...codecs,
    ...limits,
    ...authentication,
    ...predictions,
    ...learn,
    ...(await imageMicro(quick)),
    ...(await traceMicro(quick)),
  ];
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
  const { quick = false } = program(
    'node bench/micro/all.ts',
    'Prints the time of one call of each small part.',
  )
    .option('--quick', 'some seconds instead of half a minute')
    .parse()
    .opts<{ quick?: true }>();
  console.log(tableOf(await runMicro(quick)));
}
