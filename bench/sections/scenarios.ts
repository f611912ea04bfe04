/** What else is loaded on to the server: other images, tensors, bursts, clients that leave, models side by side. */
import type { Section } from '../run/context.ts';
import type { Scenario } from '../record/results.ts';
import { burstAtOnce, clientsThatLeave } from '../scenarios/bursts.ts';
import { mixOfSizes, unseenPhotographs } from '../scenarios/photographs.ts';
import type { Play } from '../scenarios/play.ts';
import { fastBesideSlow, rawTensors } from '../scenarios/tensors.ts';

const PLAYS: readonly Play[] = [
  mixOfSizes,
  unseenPhotographs,
  rawTensors,
  clientsThatLeave,
  burstAtOnce,
  fastBesideSlow,
];

export const scenarios: Section = {
  name: 'scenarios',
  steps: ({ repetitions }) => repetitions * PLAYS.reduce((sum, { steps }) => sum + steps, 0),
  async run(context) {
    const rows: Scenario[] = [];
    for (const play of PLAYS)
      rows.push(...((await context.attempt(play.name, () => play.run(context))) ?? []));
    return { scenarios: rows };
  },
};
