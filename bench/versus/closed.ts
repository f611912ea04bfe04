/** A peer and ours in turn, in a closed loop: each peer with its best setting, ours measured again beside each. */
import { using, type Context, type Section } from '../context.ts';
import type { Peer } from '../peers/peer.ts';
import type { ModelName } from '../results.ts';
import { closedRow, startPatient, takeClosed, type Taken } from '../sections/closed-loop.ts';
import type { Part } from '../store.ts';
import { bestSetting, startPeer } from './setting.ts';

export const CONCURRENCIES = [1, 16, 64];

async function inTurn(context: Context, peer: Peer, model: ModelName): Promise<Part> {
  const setting = await bestSetting(context, peer, model, 'throughput');
  return using(startPatient(model), (ours) =>
    using(startPeer(peer, setting, model), async (theirs) => {
      const taken = CONCURRENCIES.map(() => ({ ours: [] as Taken[], theirs: [] as Taken[] }));
      for (let repetition = 0; repetition < context.form.repetitions; repetition++) {
        for (const [index, concurrency] of CONCURRENCIES.entries()) {
          taken[index]!.ours.push(await takeClosed(context, ours, concurrency));
          taken[index]!.theirs.push(await takeClosed(context, theirs, concurrency));
          context.progress.step(`${peer.name}, ${model}, ${concurrency} connections`);
        }
      }
      return {
        closedLoop: CONCURRENCIES.flatMap((concurrency, index) => [
          closedRow(ours, model, concurrency, taken[index]!.ours),
          closedRow(theirs, model, concurrency, taken[index]!.theirs),
        ]),
      };
    }),
  );
}

export const closedVersus = (peer: Peer, model: ModelName): Section => ({
  name: `${peer.name} ${model}`,
  steps: ({ repetitions }) => peer.settings.length + repetitions * CONCURRENCIES.length,
  run: (context) => inTurn(context, peer, model),
});
