/**
 * The highest Poisson rate of which at most 1 % is late: answered after the SLO, refused or failed. A binary search
 * finds it; a longer phase then confirms it, and steps down by 5 % until one is met.
 */
import { MODELS, SLO_MS, using, type Context, type Section } from '../run/context.ts';
import { confidenceOf, highestThatMeets } from './late.ts';
import type { Outcome } from '../generator/phase.ts';
import { onlyVersion } from '../inputs/only-version.ts';
import type { HighestRate, ModelName } from '../record/results.ts';
import { startOrtolan } from '../../tools/process/ortolan.ts';
import { openPhase } from '../run/phases.ts';

const LATE_SHARE = 0.01;
/** Of the ceiling. */
const LOWEST = 0.2;
const HIGHEST = 1.2;
const STEP_DOWN = 0.95;
const CONFIRMATIONS = 4;

const lateOf = ({ sent, inTime }: Outcome): number => sent - inTime;

async function search(context: Context, model: ModelName): Promise<HighestRate> {
  const ceiling = context.ceilingOf(model);
  const { searchMs, searchSteps, confirmMs } = context.form;
  return using(startOrtolan({ models: onlyVersion(model) }), async (server) => {
    let seed = 1;
    const offer = async (rate: number, ms: number): Promise<Outcome> => {
      const outcome = await openPhase(context, server, rate, seed++, { durationMs: ms });
      context.progress.step(`${model}, ${Math.round(rate)} requests per second`);
      return outcome;
    };
    let rate = await highestThatMeets(LOWEST * ceiling, HIGHEST * ceiling, searchSteps, async (at) => {
      const outcome = await offer(at, searchMs);
      return lateOf(outcome) <= LATE_SHARE * outcome.sent;
    });
    for (let round = 1; ; round++) {
      const outcome = await offer(rate, confirmMs);
      const met = lateOf(outcome) <= LATE_SHARE * outcome.sent;
      if (met || round === CONFIRMATIONS) {
        const confidence = confidenceOf(lateOf(outcome), outcome.sent, LATE_SHARE);
        return {
          server: server.name,
          model,
          sloMs: SLO_MS,
          perSecond: rate,
          requests: outcome.sent,
          confidence,
        };
      }
      rate *= STEP_DOWN;
    }
  });
}

export const highestRate: Section = {
  name: 'highest rate',
  steps: ({ searchSteps }) => MODELS.length * (searchSteps + 1),
  async run(context) {
    const rows = [];
    for (const model of MODELS) {
      rows.push(await context.attempt(`highest rate of ${model}`, () => search(context, model)));
    }
    return { highestRates: rows.filter((row) => row !== undefined) };
  },
};
