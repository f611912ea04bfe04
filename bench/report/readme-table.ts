/**
 * The short table of README.md: ours against two peers at a few loads, with the plot that says the rest. It is written
 * between two markers, and nothing outside of them is touched.
 */
import { bestMatch, speedOf, type Speed } from './chapters/best-setting.ts';
import { run } from './chapters/reading.ts';
import { standing } from './chapters/standing.ts';
import { WHO_IS_TOUGHEST } from './chapters/summary.ts';
import { goodputAgainstOffered } from './plots/load-plots.ts';
import type { Results } from '../record/results.ts';
import { table, text, type Block } from './text/blocks.ts';
import { middle, NOTHING, number } from './text/figure.ts';
import { markdown } from './text/markdown.ts';
import {
  ceilingOf,
  FEATURED,
  hasPeers,
  isOurs,
  modelsOf,
  OURS,
  rowName,
  type Sources,
} from './text/servers.ts';

const BEGIN = '<!-- performance:begin -->';
const END = '<!-- performance:end -->';

const MANY = [16, 64];

/** Three times what the machine can do; a phase near it counts, as the offered rates come from a measured ceiling. */
const OVERLOAD = 3;
const NEAR = 0.1;
/** Behind a figure of a peer whose best setting for that column was not measured. */
const NOT_ITS_BEST = '\\*';

/** README.md with the table of these results between its markers; unchanged where it has none. */
export function withTable(readme: string, sources: Sources): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END, begin);
  if (begin < 0 || end < 0) return readme;
  const part = markdown(readmeBlocks(sources), 'docs/performance');
  return `${readme.slice(0, begin)}${BEGIN}\n\n${part}\n\n${readme.slice(end)}`;
}

export function readmeBlocks(sources: Sources): Block[] {
  const results = hasPeers(sources.beside) ? sources.beside : sources.own;
  const models = modelsOf(results.closedLoop);
  const peers = FEATURED.filter((peer) => results.closedLoop.some(({ server }) => server === peer));
  const rows = models.flatMap((model) => [OURS, ...peers].map((server) => tableRow(results, model, server)));
  const pictures = models
    .slice(-1)
    .flatMap((model) =>
      goodputAgainstOffered(results.openLoop, model, middle(ceilingOf(results, model)?.perSecond)),
    );
  const { cores, cpu } = results.machine;
  const marked = rows.some((cells) => cells.some((cell) => cell.includes(NOT_ITS_BEST)));
  return [
    ...(rows.length === 0 ? [] : [table(2, heads(), rows)]),
    text(
      `On ${cores} cores (${cpu}) that the load generator shares; each peer in the setting (workers, threads, batches) that is best for the column${marked ? ` (${NOT_ITS_BEST}: only measured in the one for many connections)` : ''}.`,
      `At 16 and 64 connections: requests per second · p50 · p99 in milliseconds. Processor time: user and`,
      `system time of all of a server’s processes over its answers, at ${MANY[0]} connections. Goodput: good answers within the SLO per second when ${OVERLOAD} times as much is offered as the machine can do.`,
      ...(peers.length === 0 ? [] : [WHO_IS_TOUGHEST]),
    ),
    text(
      standing(sources) ?? '',
      `Medians of a ${results.form} run, ${run(results)}; spreads, ceilings, other peers and what was not reached: [docs/performance.md](docs/performance.md).`,
    ),
    ...pictures,
  ];
}

function heads(): string[] {
  const many = MANY.map((count) => `${count} connections`);
  return [
    'model',
    'server',
    'p50 of one connection, ms',
    ...many,
    'processor time of an answer, ms',
    `goodput at ${OVERLOAD}×`,
  ];
}

function tableRow(results: Results, model: string, server: string): string[] {
  const speeds = [1, ...MANY].map((connections) => speedAt(results, model, server, connections));
  const [alone, ...many] = speeds.map(({ speed, best }) => ({ ...speed, mark: best ? '' : NOT_ITS_BEST }));
  const shown = (value: number | undefined): string => (value === undefined ? NOTHING : number(value));
  const overload = results.openLoop.find(
    (row) => row.model === model && row.server === server && Math.abs(row.ofCeiling / OVERLOAD - 1) < NEAR,
  );
  return [
    model,
    rowName({ server }),
    `${shown(alone!.p50)}${alone!.mark}`,
    ...many.map(({ perSecond, p50, p99, mark }) =>
      p50 === undefined ? NOTHING : `${shown(perSecond)} · ${shown(p50)} · ${shown(p99)}${mark}`,
    ),
    `${shown(many[0]!.answerMs)}${many[0]!.mark}`,
    shown(middle(overload?.goodput)),
  ];
}

/** Returns the figures of a server. Ours are those measured in turn with the first peer shown, or alone if there is none. */
function speedAt(
  results: Results,
  model: string,
  server: string,
  connections: number,
): { readonly speed: Speed; readonly best: boolean } {
  const mine = isOurs({ server });
  const matches = (mine ? FEATURED : [server]).map((peer) => bestMatch(results, peer, model, connections));
  const match = matches.find((one) => one !== undefined);
  if (match !== undefined)
    return mine ? { speed: match.ours, best: true } : { speed: match.theirs, best: match.best };
  const row = results.closedLoop.find(
    (one) => one.model === model && one.server === server && one.concurrency === connections,
  );
  return { speed: speedOf(row), best: true };
}
