/** Open loop: what a server does when it is offered more and more, and the highest rate that it still serves in time. */
import { heading, table, text, type Block } from '../text/blocks.ts';
import { ceilingOf, displayName, inOrder, isOurs, modelsOf, rowName, type Sources } from '../text/servers.ts';
import { exact, figure, middle, number, percent, short } from '../text/figure.ts';
import { goodputAgainstOffered, latencyAgainstOffered } from '../plots/load-plots.ts';
import type { OpenLoop, Results } from '../../record/results.ts';

export function openLoop(sources: Sources): Block[] {
  const { own, beside } = sources;
  const models = modelsOf([...own.openLoop, ...beside.openLoop]);
  return models.length === 0
    ? []
    : [
        heading(2, 'Open loop'),
        text(
          'Latencies are those of good answers. *Answered* counts good answers in time or not; *refused* is 429 and 503; *failed* is',
          'everything else, time-outs of the client included. Above 100 % of the ceiling no server can answer everything.',
        ),
        ...models.flatMap((model) => ofModel(sources, model)),
      ];
}

/** The highest rates that were found by search. */
export function highestRates({ own, beside }: Sources): Block[] {
  const rows =
    own === beside
      ? own.highestRates
      : [...own.highestRates, ...beside.highestRates.filter((row) => !isOurs(row))];
  if (rows.length === 0) return [];
  const source = (server: string): Results => (isOurs({ server }) ? own : beside);
  return [
    heading(2, 'Highest rate within the SLO'),
    text(
      'The highest Poisson rate at which no more than one answer in a hundred is late, by binary search. The confidence is that of the last',
      'phase that was kept, by the binomial distribution of its late answers.',
    ),
    table(
      2,
      ['server', 'model', 'SLO, ms', 'req/s', 'of the ceiling', 'requests', 'confidence'],
      rows.map((row) => [
        displayName(row.server),
        row.model,
        exact(row.sloMs),
        number(row.perSecond),
        percent(row.perSecond / (middle(ceilingOf(source(row.server), row.model)?.perSecond) ?? Number.NaN)),
        exact(row.requests),
        percent(row.confidence),
      ]),
    ),
  ];
}

function ofModel({ own, beside }: Sources, model: string): Block[] {
  const hasOthers = beside.openLoop.some((row) => row.model === model && !isOurs(row));
  const plotted = hasOthers ? beside : own;
  const ceiling = middle(ceilingOf(plotted, model)?.perSecond) ?? impliedCeiling(plotted.openLoop, model);
  const mine = of(own.openLoop, model).filter(isOurs);
  const rows =
    hasOthers && beside !== own
      ? [...mine, ...of(beside.openLoop, model).filter((row) => !isOurs(row))]
      : of(plotted.openLoop, model);
  return [
    heading(3, `${model}: offered load`),
    ...latencyAgainstOffered(plotted.openLoop, model, ceiling),
    ...goodputAgainstOffered(plotted.openLoop, model, ceiling),
    table(
      1,
      [
        'server',
        'offered',
        'of the ceiling',
        'goodput',
        'answered',
        'refused',
        'failed',
        'p50, ms',
        'p99, ms',
        'refusal p99, ms',
      ],
      inOrder(rows.map(({ server }) => server)).flatMap((server) =>
        rows
          .filter((row) => row.server === server)
          .toSorted((a, b) => a.offered - b.offered)
          .map((row) => [
            rowName(row),
            number(row.offered),
            percent(row.ofCeiling),
            figure(row.goodput),
            short(row.answered),
            short(row.refused),
            short(row.failed),
            figure(row.p50),
            figure(row.p99),
            row.refusalP99.length === 0 ? '' : figure(row.refusalP99),
          ]),
      ),
    ),
  ];
}

function of(rows: readonly OpenLoop[], model: string): OpenLoop[] {
  return rows.filter((row) => row.model === model);
}

/** What the rows say that the ceiling was, where its own row is missing. */
function impliedCeiling(rows: readonly OpenLoop[], model: string): number | undefined {
  const row = of(rows, model).find(({ ofCeiling }) => ofCeiling > 0);
  return row && row.offered / row.ofCeiling;
}
