/**
 * The short table of README.md: ours against two peers at a few loads, with the plot that says the rest. It is written
 * between two markers, and nothing outside of them is touched.
 */
import { table, text, type Block } from './text/blocks.ts';
import {
  ceilingOf,
  displayName,
  hasPeers,
  inOrder,
  isFeatured,
  isOurs,
  modelsOf,
  type Sources,
} from './text/servers.ts';
import { middle, NOTHING, number, short } from './text/figure.ts';
import { markdown } from './text/markdown.ts';
import { goodputAgainstOffered } from './plots/load-plots.ts';
import { run } from './chapters/reading.ts';
import type { ClosedLoop, OpenLoop, Results } from '../record/results.ts';

const BEGIN = '<!-- performance:begin -->';
const END = '<!-- performance:end -->';

const CONCURRENCIES = [1, 16, 64];

/** Three times what the machine can do; a phase near it counts, as the offered rates come from a measured ceiling. */
const OVERLOAD = 3;
const NEAR = 0.1;

/** README.md with the table of these results between its markers; unchanged where it has none. */
export function withTable(readme: string, sources: Sources): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END, begin);
  if (begin < 0 || end < 0) return readme;
  const part = markdown(readmeBlocks(sources), 'docs/performance');
  return `${readme.slice(0, begin)}${BEGIN}\n\n${part}\n\n${readme.slice(end)}`;
}

export function readmeBlocks({ own, beside }: Sources): Block[] {
  const results = hasPeers(beside) ? beside : own;
  const closed = results.closedLoop.filter(isShown);
  const models = modelsOf(closed);
  const rows = models.flatMap((model) =>
    inOrder(closed.filter((row) => row.model === model).map(({ server }) => server)).map((server) =>
      tableRow(results, model, server),
    ),
  );
  const pictures = models
    .slice(-1)
    .flatMap((model) =>
      goodputAgainstOffered(results.openLoop, model, middle(ceilingOf(results, model)?.perSecond)),
    );
  const { cores, cpu } = results.machine;
  return [
    ...(rows.length === 0 ? [] : [table(2, heads(), rows)]),
    text(
      `Requests per second · p50 · p99 in milliseconds, on ${cores} cores (${cpu}) that the load generator shares; the last column is`,
      `good answers within the SLO per second at ${OVERLOAD} times what the machine can do, open loop.`,
      `Medians of a ${results.form} run, ${run(results)}; spreads, ceilings, other peers and what was not reached: [docs/performance.md](docs/performance.md).`,
    ),
    ...pictures,
  ];
}

function heads(): string[] {
  return ['model', 'server', ...CONCURRENCIES.map(connections), `goodput at ${OVERLOAD}×`];
}

function connections(count: number): string {
  return count === 1 ? '1 connection' : `${count} connections`;
}

function tableRow({ closedLoop, openLoop }: Results, model: string, server: string): string[] {
  const its = <Row extends ClosedLoop | OpenLoop>(rows: readonly Row[]): Row[] =>
    rows.filter((row) => row.model === model && row.server === server);
  const name = isOurs({ server }) ? `**${displayName(server)}**` : displayName(server);
  const cells = CONCURRENCIES.map((count) => {
    const row = its(closedLoop).find(({ concurrency }) => concurrency === count);
    return row ? `${short(row.perSecond)} · ${short(row.p50)} · ${short(row.p99)}` : NOTHING;
  });
  const overload = its(openLoop).find(({ ofCeiling }) => Math.abs(ofCeiling / OVERLOAD - 1) < NEAR);
  const goodput = overload && middle(overload.goodput);
  return [model, name, ...cells, goodput === undefined ? NOTHING : number(goodput)];
}

function isShown(row: ClosedLoop): boolean {
  return isOurs(row) || isFeatured(row.server);
}
