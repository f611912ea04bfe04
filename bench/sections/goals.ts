/** The targets of this project, each measured in this run. Whether one is met is the report's to say. */
import type { Section } from '../run/context.ts';
import type { Target } from '../record/results.ts';
import { latencyOfCeiling, preprocessing, throughputOfCeiling } from '../goals/ceiling.ts';
import { memory, pod, start } from '../goals/footprint.ts';
import { batching, frontEndAlone } from '../goals/front-end.ts';
import type { Goal } from '../goals/goal.ts';
import { overload } from '../goals/overload.ts';

const GOALS: readonly Goal[] = [
  throughputOfCeiling,
  latencyOfCeiling,
  preprocessing,
  overload,
  frontEndAlone,
  batching,
  memory,
  start,
  pod,
];

export const goals: Section = {
  name: 'targets',
  steps: (form) => GOALS.reduce((sum, { steps }) => sum + steps({ form }), 0),
  async run(context) {
    const rows: Target[] = [];
    for (const goal of GOALS) {
      rows.push(...((await context.attempt(`target: ${goal.name}`, async () => goal.run(context))) ?? []));
    }
    const isThere = ({ pairs = [], values = [] }: Target): boolean => pairs.length + values.length > 0;
    for (const { name, model } of rows.filter((target) => !isThere(target))) {
      context.skip(
        `target: ${name}${model === undefined ? '' : `, ${model}`}`,
        'there was nothing to measure in this run',
      );
    }
    return { targets: rows.filter(isThere) };
  },
};
