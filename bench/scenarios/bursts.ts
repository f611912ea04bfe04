/** Load that is not steady: a burst all at once, and clients that leave before they are answered. */
import { SLO_MS, using } from '../run/context.ts';
import { onlyVersion } from '../inputs/only-version.ts';
import { perSecond, valuesOf } from '../run/rows.ts';
import { startOrtolan } from '../../tools/process/ortolan.ts';
import { openPhase } from '../run/phases.ts';
import { repeat } from '../run/repetitions.ts';
import { scenarioOf, type Play } from './play.ts';

const BURST = 500;
const LEAVING = 0.2;
const SHARE_OF_CEILING = 0.8;

export const burstAtOnce: Play = {
  name: `burst of ${BURST}`,
  steps: 1,
  async run(context) {
    return using(startOrtolan({ models: onlyVersion('int8') }), async (server) => {
      const outcomes = await repeat(context, this.name, () =>
        context.generator.play({
          kind: 'burst',
          url: server.url,
          headers: server.headers,
          bodies: context.photographs,
          requests: BURST,
          pids: server.pids(),
          sloMs: SLO_MS,
        }),
      );
      const description = `${BURST} requests at once on open connections to an idle server, int8; refusals are those of the SLO of ${SLO_MS} ms`;
      const row = scenarioOf(this.name, description, outcomes, {
        answered: outcomes.map(({ good }) => good),
        'answered in time': outcomes.map(({ inTime }) => inTime),
        refused: outcomes.map(({ refused }) => refused),
        'p99 of refusals, ms': valuesOf(outcomes, ({ refusal }) => refusal.p99),
        'until the last answer, ms': outcomes.map(({ seconds }) => seconds * 1000),
      });
      return [{ ...row, failed: outcomes.reduce((sum, { failed }) => sum + failed, 0) }];
    });
  },
};

export const clientsThatLeave: Play = {
  name: 'clients that leave',
  steps: 1,
  async run(context) {
    const rate = SHARE_OF_CEILING * context.ceilingOf('int8');
    return using(startOrtolan({ models: onlyVersion('int8') }), async (server) => {
      const outcomes = await repeat(context, this.name, (seed) =>
        openPhase(context, server, rate, seed, { abortShare: LEAVING }),
      );
      const description =
        `Poisson arrivals at ${SHARE_OF_CEILING * 100} % of the ceiling, int8; ${LEAVING * 100} % of the clients close their socket ` +
        'within 40 ms of sending';
      const row = scenarioOf(this.name, description, outcomes, {
        'left, per second': valuesOf(
          outcomes,
          perSecond(({ aborted }) => aborted),
        ),
        'refused, per second': valuesOf(
          outcomes,
          perSecond(({ refused }) => refused),
        ),
      });
      return [{ ...row, failed: outcomes.reduce((sum, { failed }) => sum + failed, 0) }];
    });
  },
};
