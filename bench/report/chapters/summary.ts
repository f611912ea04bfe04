/** The first screen of a report. It says how fast the server is, which servers it was compared with, how it was measured, and which targets it misses. */
import { list, type Block } from '../text/blocks.ts';
import { measured, middle, number, percent } from '../text/figure.ts';
import {
  ceilingOf,
  displayName,
  FEATURED,
  hasPeers,
  isOurs,
  isToughest,
  TOUGHEST,
  type Sources,
} from '../text/servers.ts';
import type { Results } from '../../record/results.ts';
import { median } from '../../record/statistics.ts';
import { bestMatch, speedOf, type Match, type Speed } from './best-setting.ts';
import { machineOf, run } from './reading.ts';
import { standing } from './standing.ts';
import { missed, score } from './targets.ts';

const MODELS = ['int8', 'fp32'];
const CONNECTIONS = 16;
/** Of the targets that are not met, as many are named here. */
const NAMED = 6;
/** The target whose pairs hold our throughput against the machine's. */
const OF_CEILING = 'saturated throughput over decode and run with no server';

/** What this peer is: no project has that name. */
export const WHO_IS_TOUGHEST = `${TOUGHEST} is mosec with an application that was tuned for this comparison: it decodes by OpenCV in place of Pillow, to pixels that are only near to those of its training. All others are as their documentation writes them.`;

export function summary(sources: Sources): Block[] {
  const lines = [howFast(sources), againstWhom(sources), howMeasured(sources), notReached(sources)];
  return [list(lines.filter((line) => line !== undefined))];
}

function howFast({ own, beside }: Sources): string | undefined {
  const results = hasPeers(beside) ? beside : own;
  const speeds = MODELS.flatMap((model) => {
    const speed = matchesOf(results, model)[0]?.ours ?? speedAlone(results, model);
    return speed?.perSecond === undefined ? [] : [{ model, speed }];
  });
  const [first, ...others] = speeds;
  if (first === undefined) return undefined;
  const { perSecond, p50, answerMs } = first.speed;
  const spoken = [
    `**${number(perSecond ?? NaN)} answers per second**`,
    `p50 ${number(p50 ?? NaN)} ms`,
    ...(answerMs === undefined ? [] : [`${number(answerMs)} ms of processor time an answer`]),
  ];
  const all = [
    `${first.model} ${spoken.join(', ')}`,
    ...others.map(({ model, speed }) => `${model} ${said(speed)}`),
  ];
  return `**How fast**, at ${CONNECTIONS} connections: ${all.join('; ')}.`;
}

function againstWhom(sources: Sources): string | undefined {
  const { beside } = sources;
  const servers = FEATURED.flatMap((peer) => {
    const figures = MODELS.flatMap((model) => {
      const match = bestMatch(beside, peer, model, CONNECTIONS);
      return match === undefined ? [] : [`${model} ${said(match.theirs)}`];
    });
    return figures.length === 0 ? [] : [`${displayName(peer)} ${figures.join(', ')}`];
  });
  if (servers.length === 0) return undefined;
  const toughest = beside.closedLoop.some(({ server }) => isToughest(server)) ? WHO_IS_TOUGHEST : '';
  const sentences = [`**Against whom**, the same figures in the same run: ${servers.join('; ')}.`];
  return [...sentences, toughest, standing(sources) ?? ''].filter((one) => one !== '').join(' ');
}

function howMeasured({ own, beside }: Sources): string {
  const form = own.form === 'full' ? 'A full run' : 'A **quick** run';
  const ofPeers = beside === own || !hasPeers(beside) ? '' : `; beside others, ${run(beside)}`;
  return (
    `**How measured**: on ${machineOf(own)}, which the load generator shares. ${form}, ${run(own)}${ofPeers}. Figures are medians; ` +
    'a difference is claimed of pairs taken in turn only. More [below](#how-to-read-it).'
  );
}

function notReached(sources: Sources): string | undefined {
  const all = missed(sources);
  const named = all
    .slice(0, NAMED)
    .map(({ label, median: value, bound }) => `${label} ${number(value)} (${bound})`);
  const more = all.length > NAMED ? `; and ${all.length - NAMED} [more](#targets)` : '';
  const parts = [
    ...(sources.own.targets.length === 0 ? [] : [`of the targets, ${score(sources)}`]),
    ...(named.length === 0 ? [] : [`The furthest from their bounds: ${named.join('; ')}${more}`]),
    ...ceilingsOf(sources),
  ];
  return parts.length === 0 ? undefined : `**What is not reached**: ${parts.join('. ')}.`;
}

/** Of what the machine does with no server: by pairs where they were taken, since those of other tables were minutes apart. */
function ceilingsOf({ own }: Sources): string[] {
  const shares = MODELS.flatMap((model) => {
    const share = pairedShare(own, model) ?? unpairedShare(own, model);
    return share === undefined ? [] : [`${percent(share)} (${model})`];
  });
  return shares.length === 0
    ? []
    : [`Ortolan reaches ${shares.join(' and ')} of what the machine does with no server`];
}

function pairedShare({ targets }: Results, model: string): number | undefined {
  const target = targets.find((one) => one.name === OF_CEILING && one.model === model);
  return middle(target?.pairs?.map(({ a, b }) => a / b));
}

function unpairedShare(own: Results, model: string): number | undefined {
  const rates = own.closedLoop
    .filter((row) => row.model === model && isOurs(row))
    .flatMap(({ perSecond }) => (measured(perSecond).length === 0 ? [] : [median(measured(perSecond))]));
  const ceiling = middle(ceilingOf(own, model)?.perSecond);
  return rates.length === 0 || ceiling === undefined ? undefined : Math.max(...rates) / ceiling;
}

function matchesOf(results: Results, model: string): (Match & { readonly peer: string })[] {
  return FEATURED.flatMap((peer) => {
    const match = bestMatch(results, peer, model, CONNECTIONS);
    return match === undefined ? [] : [{ peer, ...match }];
  });
}

function speedAlone({ closedLoop }: Results, model: string): Speed | undefined {
  const row = closedLoop.find((one) => isOurs(one) && one.model === model && one.concurrency === CONNECTIONS);
  return row && speedOf(row);
}

/** `**383** (41.5 ms, 5.01 ms)`. */
function said({ perSecond, p50, answerMs }: Speed): string {
  const times = [p50, answerMs].filter((value) => value !== undefined);
  return `**${number(perSecond ?? NaN)}** (${times.map((value) => `${number(value)} ms`).join(', ')})`;
}
