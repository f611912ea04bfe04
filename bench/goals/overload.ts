/** Three times as much as the machine can do: goodput stays, what is accepted is in time, refusals are quick. */
import { MODELS, SLO_MS, using, type Context } from '../run/context.ts';
import type { Outcome } from '../generator/phase.ts';
import { onlyVersion } from '../inputs/only-version.ts';
import { median } from '../record/statistics.ts';
import type { ModelName, Target } from '../record/results.ts';
import { goodputOf, valuesOf } from '../run/rows.ts';
import { openPhase } from '../run/phases.ts';
import { startOrtolan } from '../../tools/process/ortolan.ts';
import { takePairs, type Goal } from './goal.ts';

const OVERLOAD = 3;
const REFUSAL_MS = 10;

/** The offered load that had the most goodput in this run, below the overload; the ceiling itself if none was taken. */
function peakShare({ results }: Context, model: ModelName): number {
  const rows = results.openLoop.filter(
    (row) =>
      row.server === 'ortolan' && row.model === model && row.ofCeiling < OVERLOAD && row.goodput.length > 0,
  );
  rows.sort((a, b) => median(b.goodput) - median(a.goodput));
  return rows[0]?.ofCeiling ?? 1;
}

export const overload: Goal = {
  name: 'goodput under overload',
  steps: ({ form }) => form.pairs * MODELS.length,
  async run(context) {
    const targets: Target[] = [];
    for (const model of MODELS) {
      const ceiling = context.ceilingOf(model);
      const peak = peakShare(context, model);
      const overloaded: Outcome[] = [];
      let seed = 1000;
      const pairs = await using(startOrtolan({ models: onlyVersion(model) }), (server) => {
        const offer = (share: number): Promise<Outcome> =>
          openPhase(context, server, share * ceiling, seed++, { durationMs: context.form.pairMs });
        return takePairs(
          context,
          `${model}, ${this.name}`,
          async () => {
            overloaded.push(await offer(OVERLOAD));
            return goodputOf(overloaded.at(-1)!);
          },
          async () => goodputOf(await offer(peak)),
        );
      });
      const how = `Poisson arrivals at ${OVERLOAD} times the ceiling of decode and run`;
      targets.push(
        {
          name: 'goodput at 3x the ceiling over the peak goodput',
          model,
          bound: 0.95,
          better: 'at least',
          unit: 'ratio',
          pairs,
          how: `a: answers inside ${SLO_MS} ms per second, ${how}; b: at ${Math.round(peak * 100)} % of it, where goodput is highest`,
        },
        {
          name: 'p99 of what is accepted at 3x the ceiling',
          model,
          bound: SLO_MS,
          better: 'at most',
          unit: 'ms',
          values: valuesOf(overloaded, ({ latency }) => latency.p99),
          how: `${how}, from the intended send time`,
        },
        {
          name: 'p99 of refusals at 3x the ceiling',
          model,
          bound: REFUSAL_MS,
          better: 'at most',
          unit: 'ms',
          values: valuesOf(overloaded, ({ refusal }) => refusal.p99),
          how: `${how}, from the intended send time, the generator’s own lag included`,
        },
      );
    }
    return targets;
  },
};
