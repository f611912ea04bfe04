/** What the machine does with no server in the way. */
import { heading, table, text, type Block } from '../text/blocks.ts';
import type { Sources } from '../text/servers.ts';
import { figure } from '../text/figure.ts';

export function ceilings({ own }: Sources): Block[] {
  if (own.ceilings.length === 0) return [];
  return [
    heading(2, 'Ceilings'),
    text(
      'The parts alone, with no server: *decode* is JPEG bytes to the rows of a tensor, *run* is the model, *decode and wide run*',
      'is one photograph after the other with the model on all cores, *echo* is bare uWebSockets.js.',
    ),
    table(
      2,
      ['work', 'model', 'rows', 'threads', 'per second', 'p50, ms'],
      own.ceilings.map((row) => [
        row.what,
        row.model ?? '',
        row.bucket === undefined ? '' : String(row.bucket),
        String(row.threads),
        figure(row.perSecond),
        row.p50 ? figure(row.p50) : '',
      ]),
    ),
  ];
}
