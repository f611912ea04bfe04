/** The first lines of a report: the machine, one comparison, one limit. */
import { list, type Block } from '../text/blocks.ts';
import { middle, number, percent } from '../text/figure.ts';
import {
  ceilingOf,
  displayName,
  FEATURED,
  isOurs,
  isToughest,
  TOUGHEST,
  type Sources,
} from '../text/servers.ts';
import { bestMatch, type Speed } from './best-setting.ts';
import { machineOf, run } from './reading.ts';
import { standing } from './standing.ts';
import { score } from './targets.ts';

const MODEL = 'int8';
const CONNECTIONS = 16;

/** What this peer is: no project has that name. */
export const WHO_IS_TOUGHEST = `${TOUGHEST} is mosec with an application that was tuned for this comparison: it decodes by OpenCV in place of Pillow, to pixels that are only near to those of its training. All others are as their documentation writes them.`;

export function summary(sources: Sources): Block[] {
  const { own, beside } = sources;
  const lines = [
    `**Machine**: ${machineOf(own)}; the load generator shares its cores. ${own.form === 'full' ? 'A full' : 'A **quick**'} run, ${run(own)}.`,
    beside.closedLoop.some(({ server }) => isToughest(server)) ? WHO_IS_TOUGHEST : undefined,
    comparison(sources),
    standing(sources),
    limit(sources),
  ];
  return [list(lines.filter((line) => line !== undefined))];
}

function comparison({ own, beside }: Sources): string | undefined {
  const matches = FEATURED.flatMap((peer) => {
    const match = bestMatch(beside, peer, MODEL, CONNECTIONS);
    return match === undefined ? [] : [{ peer, ...match }];
  });
  if (matches[0] === undefined) return undefined;
  const said = (server: string, { perSecond, p50 }: Speed): string =>
    `${displayName(server)} ${number(perSecond ?? NaN)} (${number(p50 ?? NaN)} ms)`;
  const all = [said('ortolan', matches[0].ours), ...matches.map(({ peer, theirs }) => said(peer, theirs))];
  return `**Comparison**, ${MODEL} at ${CONNECTIONS} connections, answers per second and p50${own === beside ? '' : `, in the run of ${beside.startedAt.slice(0, 10)}, commit \`${beside.commit}\``}: ${all.join(', ')}.`;
}

function limit(sources: Sources): string | undefined {
  const { own } = sources;
  const shares = ['fp32', 'int8'].flatMap((model) => {
    const rates = own.closedLoop
      .filter((row) => row.model === model && isOurs(row))
      .flatMap(({ perSecond }) => middle(perSecond) ?? []);
    const ceiling = middle(ceilingOf(own, model)?.perSecond);
    return rates.length === 0 || ceiling === undefined
      ? []
      : [`${percent(Math.max(...rates) / ceiling)} (${model})`];
  });
  const parts = [
    ...(shares.length === 0
      ? []
      : [`Ortolan reaches at most ${shares.join(' and ')} of what the machine does with no server`]),
    ...(own.targets.length === 0 ? [] : [`of the targets below, ${score(sources)}`]),
  ];
  return parts.length === 0 ? undefined : `**Limit**: ${parts.join('; ')}.`;
}
