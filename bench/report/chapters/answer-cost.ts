/** Processor time of an answer: of pairs that were taken for it where there are some, else from the rows of the closed loop. */
import type { ClosedLoop, ProcessorTime, Results } from '../../record/results.ts';
import { median } from '../../record/statistics.ts';
import { middle } from '../text/figure.ts';

const MS = 1000;

/** Milliseconds of a row: cores used over answers per second. */
export function answerMsOf(row: ClosedLoop | undefined): number | undefined {
  const cores = middle(row?.cpu);
  const perSecond = middle(row?.perSecond);
  return cores === undefined || perSecond === undefined ? undefined : (MS * cores) / perSecond;
}

/** The pairs in which our server and this peer were measured in turn. */
export function pairedWith(
  { processorTimes = [] }: Results,
  peer: string,
  model: string,
  connections: number,
): ProcessorTime | undefined {
  return processorTimes.find(
    (row) =>
      row.server === peer && row.model === model && row.connections === connections && row.pairs.length > 0,
  );
}

export const oursOf = (row: ProcessorTime | undefined): number | undefined =>
  row && median(row.pairs.map(({ a }) => a));

export const theirsOf = (row: ProcessorTime | undefined): number | undefined =>
  row && median(row.pairs.map(({ b }) => b));
