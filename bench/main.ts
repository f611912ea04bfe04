/**
 * Runs the benchmark and writes bench/results/<date>-<commit>.json, section by section, then the report from it.
 * A run that was cut off goes on where it was. What cannot be measured is named in the results, and the rest goes on.
 *
 *   node bench/main.ts [--quick] [--section ceilings,pods] [--no-report]
 */
import { parseArgs } from 'node:util';
import type { Section } from './context.ts';
import { FORMS } from './form.ts';
import { runSections } from './run.ts';
import { ceilings } from './sections/ceilings.ts';
import { closedLoop } from './sections/closed-loop.ts';
import { fivePods } from './sections/five-pods.ts';
import { highestRate } from './sections/highest-rate.ts';
import { micro } from './sections/micro.ts';
import { openLoop } from './sections/open-loop.ts';
import { pods } from './sections/pods.ts';
import { scenarios } from './sections/scenarios.ts';
import { targets } from './sections/targets.ts';

/** In this order: later ones use what earlier ones have measured. */
const SECTIONS: readonly Section[] = [
  micro,
  ceilings,
  closedLoop,
  openLoop,
  highestRate,
  scenarios,
  pods,
  fivePods,
  targets,
];

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    section: { type: 'string' },
    'no-report': { type: 'boolean', default: false },
  },
});
const wanted = values.section?.split(',');
const unknown = wanted?.find((name) => !SECTIONS.some((section) => section.name === name));
if (unknown === undefined) {
  await runSections({
    form: FORMS[values.quick ? 'quick' : 'full'],
    sections: SECTIONS,
    wanted: (name) => wanted?.includes(name) ?? true,
    report: !values['no-report'],
  });
} else {
  console.error(`There is no section ${unknown}: ${SECTIONS.map(({ name }) => name).join(', ')}.`);
  process.exitCode = 2;
}
