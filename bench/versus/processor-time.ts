/**
 * What an answer costs in processor time, a peer and ours in turn. Of all figures of a shared machine this is the calmest: what
 * neighbours take of the cores is not in it.
 */
import { answerMs, processorTimeTargets } from '../goals/processor-time.ts';
import { takePairs } from '../goals/goal.ts';
import type { Peer } from '../peers/peer.ts';
import type { ModelName, ProcessorTime } from '../record/results.ts';
import { ratioInterval } from '../record/statistics.ts';
import type { Contestant } from '../run/contestant.ts';
import { MODELS, using, type Context, type Section } from '../run/context.ts';
import { closedPhase, startPatient } from '../run/phases.ts';
import { startPeer, throughputSetting } from './setting.ts';
import { TOUGHEST } from './toughest.ts';

const CONNECTIONS = 16;
const DIGITS = 3;

async function inTurn(context: Context, peer: Peer, model: ModelName): Promise<ProcessorTime> {
  const setting = await throughputSetting(context, peer, model);
  const take = (server: Contestant) => async (): Promise<number> =>
    answerMs(await closedPhase(context, server, CONNECTIONS, { durationMs: context.form.pairMs }));
  const pairs = await using(startPatient(model), (ours) =>
    using(startPeer(peer, setting, model), async (theirs) => {
      // What is compiled on the way is paid once, and not by every answer.
      for (const server of [ours, theirs]) await closedPhase(context, server, CONNECTIONS);
      return takePairs(context, `${peer.name}, ${model}, processor time`, take(ours), take(theirs));
    }),
  );
  const onnxruntime = {
    ours: context.results.machine.versions['onnxruntime-node'] ?? 'unknown',
    theirs: peer.onnxruntime,
  };
  return { server: peer.name, setting, model, connections: CONNECTIONS, pairs, onnxruntime };
}

/** For those who wait at a terminal; the report has all of it. */
function sentence({ server, model, pairs, onnxruntime }: ProcessorTime): string {
  if (pairs.length === 0) return `${model}: nothing was answered`;
  const { median, low, high } = ratioInterval(pairs);
  const [ratio, least, most] = [median, low, high].map((value) => value.toFixed(DIGITS));
  const versions = Object.values(onnxruntime).join(' and ');
  return (
    `${model}, processor time of an answer at ${CONNECTIONS} connections: ${ratio} of ${server}'s (${least} to ${most}, ` +
    `${pairs.length} pairs; onnxruntime ${versions})`
  );
}

export const processorTimeVersus = (peer: Peer): Section => ({
  name: `${peer.name} processor time`,
  steps: ({ pairs }) => pairs * peer.models.length,
  async run(context) {
    const rows: ProcessorTime[] = [];
    for (const model of MODELS) {
      const what = `processor time beside ${peer.name}, ${model}`;
      const row = await context.attempt(what, () => inTurn(context, peer, model));
      if (row === undefined) continue;
      context.progress.say(sentence(row));
      rows.push(row);
    }
    return { processorTimes: rows, targets: processorTimeTargets(rows, TOUGHEST) };
  },
});
