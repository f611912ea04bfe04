/** Closed loop: our server over all concurrencies, then every server side by side at those that the peers were asked. */
import { heading, table, text, type Block } from '../text/blocks.ts';
import { ceilingOf, isOurs, modelsOf, rowName, type Sources } from '../text/servers.ts';
import { exact, figure, middle, shareOf, short } from '../text/figure.ts';
import { latencyAgainstConcurrency, throughputAgainstConcurrency } from '../plots/load-plots.ts';
import type { ClosedLoop } from '../../record/results.ts';

export function closedLoop(sources: Sources): Block[] {
  const { own, beside } = sources;
  const models = modelsOf([...own.closedLoop, ...beside.closedLoop]);
  return models.length === 0
    ? []
    : [
        heading(2, 'Closed loop'),
        ...models.flatMap((model) => [...ours(sources, model), ...peers(sources, model)]),
      ];
}

function ours({ own, beside }: Sources, model: string): Block[] {
  const rows = own.closedLoop
    .filter((row) => row.model === model && isOurs(row))
    .toSorted((a, b) => a.concurrency - b.concurrency);
  const ceiling = ceilingOf(own, model);
  const plotted = beside.closedLoop.some((row) => row.model === model && !isOurs(row)) ? beside : own;
  const plottedCeiling = middle(ceilingOf(plotted, model)?.perSecond);
  return [
    heading(3, `${model}: throughput and latency`),
    ...throughputAgainstConcurrency(plotted.closedLoop, model, plottedCeiling),
    ...latencyAgainstConcurrency(plotted.closedLoop, model),
    ...(rows.length === 0 ? [] : [ourTable(rows, ceiling?.perSecond)]),
  ];
}

function ourTable(rows: readonly ClosedLoop[], ceiling: ClosedLoop['perSecond'] | undefined): Block {
  return table(
    0,
    [
      'connections',
      'req/s',
      'of the ceiling',
      'p50, ms',
      'p95, ms',
      'p99, ms',
      'p99.9, ms',
      'failed',
      'cores used',
      'RSS, MiB',
    ],
    rows.map((row) => [
      String(row.concurrency),
      figure(row.perSecond),
      shareOf(row.perSecond, ceiling),
      figure(row.p50),
      figure(row.p95),
      figure(row.p99),
      figure(row.p999),
      exact(row.failed),
      short(row.cpu),
      short(row.rssMiB),
    ]),
  );
}

function peers({ beside }: Sources, model: string): Block[] {
  const all = beside.closedLoop.filter((row) => row.model === model);
  const asked = new Set(all.filter((row) => !isOurs(row)).map(({ concurrency }) => concurrency));
  const speed = (row: ClosedLoop): number => middle(row.perSecond) ?? 0;
  const rows = all
    .filter(({ concurrency }) => asked.has(concurrency))
    .toSorted((a, b) => a.concurrency - b.concurrency || speed(b) - speed(a));
  if (rows.length === 0) return [];
  return [
    heading(3, `${model}: side by side`),
    text(
      'The fastest first. Our server was measured again in turn with each peer: a row of it belongs to the peer that it names.',
    ),
    table(
      2,
      [
        'server',
        'setting',
        'connections',
        'req/s',
        'p50, ms',
        'p95, ms',
        'p99, ms',
        'failed',
        'cores used',
        'RSS, MiB',
      ],
      rows.map((row) => [
        rowName(row),
        row.setting ?? '',
        String(row.concurrency),
        figure(row.perSecond),
        figure(row.p50),
        figure(row.p95),
        figure(row.p99),
        exact(row.failed),
        short(row.cpu),
        short(row.rssMiB),
      ]),
    ),
  ];
}
