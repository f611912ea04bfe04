/** Which of a peer's settings is its best, by measuring each: nobody is compared with at half its speed. */
import { using, type Context } from '../run/context.ts';
import { freePort } from '../../tools/process/free-port.ts';
import type { Peer } from '../peers/peer.ts';
import type { Contestant } from '../run/contestant.ts';
import type { ModelName } from '../record/results.ts';
import { goodPerSecond } from '../run/rows.ts';
import { closedPhase } from '../run/phases.ts';

export const startPeer = async (peer: Peer, setting: string, model: ModelName): Promise<Contestant> =>
  peer.start(setting, model, await freePort());

/** By throughput at 16 connections, or by the median latency at one. */
export type Judged = 'throughput' | 'latency';

const CONNECTIONS: Readonly<Record<Judged, number>> = { throughput: 16, latency: 1 };

/** @throws Error of the last setting when none of them starts */
export async function bestSetting(
  context: Context,
  peer: Peer,
  model: ModelName,
  judged: Judged,
): Promise<string> {
  let best: { readonly setting: string; readonly score: number } | undefined;
  let failure = new Error(`${peer.name} answered nothing`);
  for (const setting of peer.settings) {
    try {
      const outcome = await using(startPeer(peer, setting, model), async (contestant) => {
        await closedPhase(context, contestant, CONNECTIONS[judged], { durationMs: context.form.pairMs }); // Warms it up.
        return closedPhase(context, contestant, CONNECTIONS[judged]);
      });
      const score = judged === 'throughput' ? goodPerSecond(outcome) : 1 / outcome.latency.p50;
      context.progress.step(`${peer.name}, ${model}, ${setting}`);
      if (Number.isFinite(score) && score > (best?.score ?? 0)) best = { setting, score };
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      context.progress.say(`${peer.name}, ${model}, ${setting}: ${failure.message}`);
    }
  }
  if (best === undefined) throw failure;
  return best.setting;
}

/** The setting with the most throughput, as the closed loop of this run has found it, or found anew where that was not taken. */
export const throughputSetting = async (context: Context, peer: Peer, model: ModelName): Promise<string> =>
  context.results.closedLoop.find(
    (row) => row.server === peer.name && row.model === model && row.concurrency > 1,
  )?.setting ?? bestSetting(context, peer, model, 'throughput');

/** Waits until a server that was overloaded answers a lone request at once again; gives up after a while. */
export async function settle(context: Context, contestant: Contestant): Promise<void> {
  const body = new Uint8Array(contestant.bodyOf(context.photographs[0]!));
  for (let tries = 0; tries < 30; tries++) {
    const before = performance.now();
    const answer = await fetch(contestant.url, {
      method: 'POST',
      headers: contestant.headers,
      body,
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok === true && performance.now() - before < 250) return;
    await new Promise((resolve) => void setTimeout(resolve, 200));
  }
}
