/** A peer and ours in turn, offered more than they can do: the peer with the setting that it was best with. */
import { MODELS, SLO_MS, using, type Context, type Section } from '../context.ts';
import type { Contestant } from '../contestant.ts';
import type { Form } from '../form.ts';
import type { Outcome } from '../load/phase.ts';
import { onlyVersion } from '../model-folder.ts';
import type { Peer } from '../peers/peer.ts';
import type { ModelName, OpenLoop } from '../results.ts';
import { openColumns } from '../rows.ts';
import { openPhase } from '../sections/open-loop.ts';
import { startOrtolan } from '../server.ts';
import type { Part } from '../store.ts';
import { bestSetting, settle, startPeer } from './setting.ts';

/** Those of whom the overload is shown. */
export const OVERLOADED: readonly string[] = ['mosec-cv2', 'fastapi'];
const SHARES = [0.5, 1, 2, 3];
/** Past its capacity a peer needs as long to be done with a phase as the phase took: a few must do. */
const MOST_REPETITIONS = 3;

/** The setting of the closed loop of this run, or found anew where that was not taken. */
const settingOf = async (context: Context, peer: Peer, model: ModelName): Promise<string> =>
  context.results.closedLoop.find((row) => row.server === peer.name && row.model === model)?.setting ??
  bestSetting(context, peer, model, 'throughput');

const repetitionsOf = ({ repetitions }: Form): number => Math.min(repetitions, MOST_REPETITIONS);

async function inTurn(context: Context, peer: Peer, model: ModelName): Promise<OpenLoop[]> {
  const ceiling = context.ceilingOf(model);
  const setting = await settingOf(context, peer, model);
  return using(startOrtolan({ models: onlyVersion(model) }), (ours) =>
    using(startPeer(peer, setting, model), async (theirs) => {
      const both: readonly Contestant[] = [ours, theirs];
      const outcomes = SHARES.map(() => both.map((): Outcome[] => []));
      for (let repetition = 0; repetition < repetitionsOf(context.form); repetition++) {
        for (const [index, share] of SHARES.entries()) {
          for (const [which, contestant] of both.entries()) {
            // The same arrivals for both.
            outcomes[index]![which]!.push(
              await openPhase(context, contestant, share * ceiling, repetition * 100 + index),
            );
            await settle(context, contestant);
          }
          context.progress.step(`${peer.name}, ${model}, ${Math.round(share * 100)} % of the ceiling`);
        }
      }
      return SHARES.flatMap((share, index) =>
        both.map(({ name, setting: how }, which) => ({
          server: name,
          ...(how === undefined ? {} : { setting: how }),
          model,
          sloMs: SLO_MS,
          offered: share * ceiling,
          ofCeiling: share,
          ...openColumns(outcomes[index]![which]!),
        })),
      );
    }),
  );
}

export const openVersus = (peer: Peer): Section => ({
  name: `${peer.name} open loop`,
  steps: (form) => repetitionsOf(form) * SHARES.length * MODELS.length,
  async run(context): Promise<Part> {
    const rows = [];
    for (const model of MODELS) {
      rows.push(
        await context.attempt(`open loop of ${peer.name}, ${model}`, () => inTurn(context, peer, model)),
      );
    }
    return { openLoop: rows.flatMap((part) => part ?? []) };
  },
});
