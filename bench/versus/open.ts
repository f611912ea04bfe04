/** A peer and ours in turn, offered more than they can do: the peer with the setting that had the most throughput. */
import { onlyVersion } from '../inputs/only-version.ts';
import type { Peer } from '../peers/peer.ts';
import type { ModelName, OpenLoop } from '../record/results.ts';
import { MODELS, using, type Context, type Section } from '../run/context.ts';
import type { Form } from '../run/form.ts';
import { openPhase } from '../run/phases.ts';
import { repeatEach } from '../run/repetitions.ts';
import { openRow, rowOf } from '../run/rows.ts';
import { startOrtolan } from '../../tools/process/ortolan.ts';
import { settle, startPeer, throughputSetting } from './setting.ts';

/** Those of which the overload is shown. */
export const OVERLOADED: readonly string[] = ['mosec-cv2', 'fastapi'];
const SHARES = [0.5, 1, 2, 3];
/** Past its capacity a peer needs as long to be done with a phase as the phase took. */
const MOST_REPETITIONS = 3;

const repetitionsOf = ({ repetitions }: Form): number => Math.min(repetitions, MOST_REPETITIONS);

async function inTurn(context: Context, peer: Peer, model: ModelName): Promise<OpenLoop[]> {
  const ceiling = context.ceilingOf(model);
  const setting = await throughputSetting(context, peer, model);
  return using(startOrtolan({ models: onlyVersion(model) }), (ours) =>
    using(startPeer(peer, setting, model), async (theirs) => {
      const loads = SHARES.flatMap((share) => [ours, theirs].map((server) => ({ share, server })));
      const taken = await repeatEach(
        context,
        loads,
        ({ share, server }) => `${server.name}, ${model}, ${Math.round(share * 100)} % of the ceiling`,
        async ({ share, server }, repetition) => {
          // The same arrivals for both.
          const seed = repetition * 100 + SHARES.indexOf(share);
          const outcome = await openPhase(context, server, share * ceiling, seed);
          await settle(context, server);
          return outcome;
        },
        repetitionsOf(context.form),
      );
      return loads.map(({ share, server }, index) => {
        const beside = server === ours ? peer.name : undefined;
        return openRow(rowOf(server, model, beside), share * ceiling, share, taken[index]!);
      });
    }),
  );
}

export const openVersus = (peer: Peer): Section => ({
  name: `${peer.name} open loop`,
  steps: (form) => repetitionsOf(form) * SHARES.length * MODELS.length * 2,
  async run(context) {
    const rows = [];
    for (const model of MODELS) {
      const what = `open loop of ${peer.name}, ${model}`;
      rows.push(await context.attempt(what, () => inTurn(context, peer, model)));
    }
    return { openLoop: rows.flatMap((part) => part ?? []) };
  },
});
