/**
 * A peer and ours in turn, in a closed loop. The peer has the setting that is best for the number of connections: one that was
 * found for many is no measure of it at one. Ours is measured again beside each.
 */
import type { Peer } from '../peers/peer.ts';
import type { ClosedLoop, ModelName } from '../record/results.ts';
import { using, type Context, type Section } from '../run/context.ts';
import { closedPhase, startPatient } from '../run/phases.ts';
import { repeatEach } from '../run/repetitions.ts';
import { closedRow, rowOf } from '../run/rows.ts';
import { bestSetting, startPeer, type Judged } from './setting.ts';

const LOADS: Readonly<Record<Judged, readonly number[]>> = { latency: [1], throughput: [16, 64] };
const CONCURRENCIES = Object.values(LOADS).flat();

async function inTurn(context: Context, peer: Peer, model: ModelName, judged: Judged): Promise<ClosedLoop[]> {
  const setting = await bestSetting(context, peer, model, judged);
  return using(startPatient(model), (ours) =>
    using(startPeer(peer, setting, model), async (theirs) => {
      const loads = LOADS[judged].flatMap((connections) =>
        [ours, theirs].map((server) => ({ connections, server })),
      );
      const taken = await repeatEach(
        context,
        loads,
        ({ connections, server }) => `${server.name}, ${model}, ${connections} connections`,
        ({ connections, server }) => closedPhase(context, server, connections),
      );
      return loads.map(({ connections, server }, index) => {
        const beside = server === ours ? peer.name : undefined;
        const row = closedRow(rowOf(server, model, beside), connections, taken[index]!);
        return server === ours ? row : { ...row, bestFor: judged };
      });
    }),
  );
}

export const closedVersus = (peer: Peer, model: ModelName): Section => ({
  name: `${peer.name} ${model}`,
  steps: ({ repetitions }) =>
    peer.settings.length * Object.keys(LOADS).length + repetitions * CONCURRENCIES.length * 2,
  run: async (context) => ({
    closedLoop: [
      ...(await inTurn(context, peer, model, 'latency')),
      ...(await inTurn(context, peer, model, 'throughput')),
    ],
  }),
});
