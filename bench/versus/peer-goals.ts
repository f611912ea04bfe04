/**
 * The targets against other servers, in pairs: against the toughest peer, mosec with cv2 in place of Pillow, and
 * against the best of those that are written as their documentation writes them, whichever that is in this run.
 */
import { MODELS, using, type Context, type Section } from '../run/context.ts';
import type { Contestant } from '../run/contestant.ts';
import type { Peer } from '../peers/peer.ts';
import { median } from '../record/statistics.ts';
import type { ClosedLoop, ModelName, Target } from '../record/results.ts';
import { goodPerSecond } from '../run/rows.ts';
import { closedPhase, startPatient } from '../run/phases.ts';
import { SATURATING } from '../goals/ceiling.ts';
import { takePairs } from '../goals/goal.ts';
import { bestSetting, startPeer, type Judged } from './setting.ts';
import { TOUGHEST } from './toughest.ts';

interface Aim {
  readonly name: string;
  readonly judged: Judged;
  readonly connections: number;
  readonly figure: 'throughput' | 'p50' | 'p99';
  readonly better: Target['better'];
  readonly bounds: Readonly<Record<ModelName, number>>;
}

const AGAINST_TOUGHEST: readonly Aim[] = [
  {
    name: `saturated throughput over ${TOUGHEST}`,
    judged: 'throughput',
    connections: SATURATING,
    figure: 'throughput',
    better: 'at least',
    bounds: { fp32: 1.05, int8: 1.2 },
  },
  {
    name: `p50 of one connection over ${TOUGHEST}`,
    judged: 'latency',
    connections: 1,
    figure: 'p50',
    better: 'at most',
    bounds: { fp32: 0.8, int8: 0.8 },
  },
];

const AGAINST_BEST: readonly Aim[] = [
  {
    name: 'saturated throughput over the best idiomatic peer',
    judged: 'throughput',
    connections: SATURATING,
    figure: 'throughput',
    better: 'at least',
    bounds: { fp32: 1.2, int8: 1.5 },
  },
  {
    name: 'p50 of one connection over the best idiomatic peer',
    judged: 'latency',
    connections: 1,
    figure: 'p50',
    better: 'at most',
    bounds: { fp32: 0.6, int8: 0.6 },
  },
  {
    name: `p99 of ${SATURATING} connections over the best idiomatic peer`,
    judged: 'throughput',
    connections: SATURATING,
    figure: 'p99',
    better: 'at most',
    bounds: { fp32: 0.6, int8: 0.6 },
  },
];

/** The peer that was best in this run: most throughput at 16 connections, or least median latency at one. */
export function bestPeer(rows: readonly ClosedLoop[], model: ModelName, judged: Judged): string | undefined {
  const concurrency = judged === 'throughput' ? 16 : 1;
  const score = (row: ClosedLoop): number =>
    judged === 'throughput' ? median(row.perSecond) : -median(row.p50);
  return rows
    .filter((row) => row.model === model && row.concurrency === concurrency && row.p50.length > 0)
    .filter(({ server }) => server !== 'ortolan' && server !== TOUGHEST)
    .sort((a, b) => score(b) - score(a))[0]?.server;
}

async function put(context: Context, aim: Aim, peer: Peer, model: ModelName): Promise<Target> {
  const { name, judged, connections, figure, better, bounds } = aim;
  const setting = await bestSetting(context, peer, model, judged);
  const take = (contestant: Contestant) => async (): Promise<number> => {
    const outcome = await closedPhase(context, contestant, connections, { durationMs: context.form.pairMs });
    return figure === 'throughput' ? goodPerSecond(outcome) : outcome.latency[figure];
  };
  const pairs = await using(startPatient(model), (ours) =>
    using(startPeer(peer, setting, model), (theirs) =>
      takePairs(context, `${model}, ${name}`, take(ours), take(theirs)),
    ),
  );
  const against = { server: peer.name, setting, figure, connections };
  const unit = figure === 'throughput' ? 'good answers per second' : `${figure}, ms`;
  const how = `a: ours, b: ${peer.name} ${peer.version} (${setting}); ${unit} at ${connections} connections, in turn`;
  return { name, model, bound: bounds[model], better, unit: 'ratio', pairs, how, against };
}

export const targetsVersus = (peers: readonly Peer[]): Section => ({
  name: 'targets',
  steps: ({ pairs }) => MODELS.length * pairs * (AGAINST_TOUGHEST.length + AGAINST_BEST.length),
  async run(context) {
    const targets: Target[] = [];
    for (const model of MODELS) {
      const tasks = [
        ...AGAINST_TOUGHEST.map((aim) => ({ aim, name: TOUGHEST })),
        ...AGAINST_BEST.map((aim) => ({
          aim,
          name: bestPeer(context.results.closedLoop, model, aim.judged),
        })),
      ];
      for (const { aim, name } of tasks) {
        const peer = peers.find((one) => one.name === name);
        const target = await context.attempt(`target: ${aim.name}, ${model}`, async () => {
          if (peer === undefined) throw new Error('that peer was not measured in this run');
          return put(context, aim, peer, model);
        });
        if (target !== undefined) targets.push(target);
      }
    }
    return { targets };
  },
});
