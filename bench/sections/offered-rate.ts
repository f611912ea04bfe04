/** Latency and goodput against the offered load: what happens near the ceiling, and past it. */
import { onlyVersion } from '../inputs/only-version.ts';
import type { ModelName, OpenLoop } from '../record/results.ts';
import { MODELS, using, type Context, type Section } from '../run/context.ts';
import { openPhase } from '../run/phases.ts';
import { repeatEach } from '../run/repetitions.ts';
import { openRow, rowOf } from '../run/rows.ts';
import { startOrtolan } from '../../tools/process/ortolan.ts';

async function rowsOf(context: Context, model: ModelName): Promise<OpenLoop[]> {
  const ceiling = context.ceilingOf(model);
  const { shares } = context.form;
  return using(startOrtolan({ models: onlyVersion(model) }), async (server) => {
    const taken = await repeatEach(
      context,
      shares,
      (share) => `${model}, ${Math.round(share * 100)} % of the ceiling`,
      (share, repetition) =>
        openPhase(context, server, share * ceiling, repetition * 100 + shares.indexOf(share)),
    );
    return shares.map((share, index) => openRow(rowOf(server, model), share * ceiling, share, taken[index]!));
  });
}

export const offeredRate: Section = {
  name: 'open loop',
  steps: ({ repetitions, shares }) => repetitions * shares.length * MODELS.length,
  async run(context) {
    const rows = [];
    for (const model of MODELS)
      rows.push(await context.attempt(`open loop of ${model}`, () => rowsOf(context, model)));
    return { openLoop: rows.flatMap((part) => part ?? []) };
  },
};
