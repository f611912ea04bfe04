/** Processor time of an answer beside each peer: the calmest figure of a machine that is shared. */
import { heading, table, text, type Block } from '../text/blocks.ts';
import { interval, NOTHING, number } from '../text/figure.ts';
import { displayName, inOrder, modelsOf, type Sources } from '../text/servers.ts';
import type { ProcessorTime } from '../../record/results.ts';
import { ratioInterval } from '../../record/statistics.ts';
import { oursOf, theirsOf } from './answer-cost.ts';

export function processorTime({ beside }: Sources): Block[] {
  const rows = beside.processorTimes ?? [];
  if (rows.length === 0) return [];
  const servers = inOrder(rows.map(({ server }) => server));
  const inTheirOrder = modelsOf(rows).flatMap((model) =>
    servers.flatMap((server) => rows.filter((row) => row.model === model && row.server === server)),
  );
  const connections = [...new Set(rows.map((row) => row.connections))].join(', ');
  return [
    heading(2, 'Processor time of an answer'),
    text(
      `User and system time of the whole process tree over good answers, at ${connections} connections, milliseconds. Each peer and Ortolan are measured in turn, so that changes`,
      'of the machine do not move the ratio.',
      versions(rows),
    ),
    table(
      3,
      ['model', 'server', 'setting', 'theirs, ms', 'ours, ms', 'ours over theirs', '95 % interval', 'pairs'],
      inTheirOrder.map((row) => {
        const ratio = row.pairs.length === 0 ? undefined : ratioInterval(row.pairs);
        return [
          row.model,
          displayName(row.server),
          row.setting,
          shown(theirsOf(row)),
          shown(oursOf(row)),
          ratio === undefined ? NOTHING : number(ratio.median),
          ratio === undefined ? NOTHING : interval(ratio),
          String(row.pairs.length),
        ];
      }),
    ),
  ];
}

/** Whether both sides ran the same kernels. */
function versions(rows: readonly ProcessorTime[]): string {
  const all = new Set(rows.flatMap(({ onnxruntime: { ours, theirs } }) => [ours, theirs]));
  if (all.size === 1) return `All run onnxruntime ${[...all][0]}.`;
  const theirs = rows.map(({ server, onnxruntime }) => `${displayName(server)} ${onnxruntime.theirs}`);
  return `**The versions of onnxruntime differ**: Ortolan ${rows[0]!.onnxruntime.ours}, ${[...new Set(theirs)].join(', ')}.`;
}

const shown = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? NOTHING : number(value);
