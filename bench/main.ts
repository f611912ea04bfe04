/**
 * Runs the benchmark and writes bench/results/<date>-<commit>.json, section by section, then the report from it.
 * A run that was cut off goes on where it was. What cannot be measured is named in the results, and the rest goes on.
 */
import { FORMS } from './run/form.ts';
import type { Section } from './run/context.ts';
import { runSections } from './run/run.ts';
import { ceilings } from './sections/ceilings.ts';
import { concurrency } from './sections/concurrency.ts';
import { fivePods } from './sections/five-pods.ts';
import { goals } from './sections/goals.ts';
import { highestRate } from './sections/highest-rate.ts';
import { micro } from './sections/micro.ts';
import { offeredRate } from './sections/offered-rate.ts';
import { pods } from './sections/pods.ts';
import { scenarios } from './sections/scenarios.ts';
import { namesOf, program } from '../tools/process/program.ts';

/** In this order: later ones use what earlier ones have measured. */
const SECTIONS: readonly Section[] = [
  micro,
  ceilings,
  concurrency,
  offeredRate,
  highestRate,
  scenarios,
  pods,
  fivePods,
  goals,
];
const NAMES = SECTIONS.map(({ name }) => name);
/** They take the longest, and no target depends on them. A quick run measures them only when `--section` names them. */
const NOT_QUICK = [highestRate, fivePods].map(({ name }) => name);

const { quick, section, report } = program('node bench/main.ts', 'Measures everything and writes the report.')
  .option(
    '--quick',
    `fewer and shorter repetitions, without ${NOT_QUICK.join(' and ')}: three minutes instead of half an hour`,
  )
  .option('--section <names>', `only these, apart by commas: ${NAMES.join(', ')}`, namesOf(NAMES))
  .option('--no-report', 'write the results only')
  .parse()
  .opts<{ quick?: true; section?: readonly string[]; report: boolean }>();
const leftOut = quick === true && section === undefined ? NOT_QUICK : [];
await runSections({
  form: FORMS[quick ? 'quick' : 'full'],
  sections: SECTIONS.filter(({ name }) => !leftOut.includes(name)),
  leftOut,
  wanted: (name) => section?.includes(name) ?? true,
  report,
});
