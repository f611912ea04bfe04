/** A report of the gate as it is printed: the two sides, what they answered, and the classes that changed most. Pure. */
import { percent } from '../../../gate/verdict.ts';
import { mostChanged, type Report } from '../../../repository/report.ts';
import { tableLines } from '../../table.ts';

type Gate = Report['gate'];
type Share = Gate['agreement'];

/** Most classes that are printed; the report has all. */
const CLASSES = 10;
const KiB = 1024;
const MiB = KiB ** 2;

/** Lines, without what is refused. */
export function textOf(report: Report): string {
  const { gate } = report;
  const { champion, challenger, accuracy, agreement, examples, failed } = gate;
  const head = ['', `${champion.name} ${champion.version}`, nameOf(gate), ''];
  const rows = [
    ...(accuracy === undefined
      ? []
      : [['accuracy', shareOf(accuracy.champion), shareOf(accuracy.challenger), lost(accuracy.drop)]]),
    ['agreement', '', shareOf(agreement), ''],
    ['size', sizeOf(champion.bytes), sizeOf(challenger.bytes), ratio(champion.bytes, challenger.bytes, ['smaller', 'larger'])],
    ...(champion.msPerRow === undefined || challenger.msPerRow === undefined
      ? []
      : [['ms a row', ms(champion.msPerRow), ms(challenger.msPerRow), ratio(champion.msPerRow, challenger.msPerRow, ['faster', 'slower'])]]),
  ];
  const classes = worst(report);
  return [
    ...tableLines(head, rows),
    `${examples.n} held-out ${examples.kind}${examples.labelled ? '' : ' without labels'}, one core of ${gate.machine.processor}`,
    ...(failed > 0 ? [`${failed} answers of ${nameOf(gate)} were none`] : []),
    ...(classes.length === 0
      ? ['every class is answered as before']
      : ['', ...tableLines(['CLASS', 'N', 'ALIKE', ...(accuracy === undefined ? [] : ['RIGHT', 'THEN'])], classes)]),
  ].join('\n');
}

const nameOf = ({ champion, challenger }: Gate): string =>
  challenger.name === champion.name ? challenger.version : `${challenger.name} ${challenger.version}`;

/** A row for each class that changed, the greatest loss first; the rest are counted. */
function worst(report: Report): string[][] {
  const changed = mostChanged(report, Infinity);
  const rows = changed.slice(0, CLASSES).map(({ classId, label, agreement, accuracy }) => [
    label ?? String(classId),
    String(agreement.n),
    String(agreement.hits),
    ...(accuracy === undefined ? [] : [String(accuracy.champion.hits), String(accuracy.challenger.hits)]),
  ]);
  const rest = changed.length - CLASSES;
  return rest > 0 ? [...rows, [`and ${rest} more`, '', '']] : rows;
}

const shareOf = ({ hits, n, share, low, high }: Share): string =>
  `${percent(share)} (${hits}/${n}, ${percent(low)} to ${percent(high)})`;

const lost = ({ share, high }: { share: number; high: number }): string =>
  `${share >= 0 ? `${percent(share)} lost` : `${percent(-share)} gained`}, ${percent(high)} at most`;

const sizeOf = (bytes: number): string =>
  bytes < KiB ? `${bytes} bytes` : bytes < MiB ? `${(bytes / KiB).toFixed(1)} KiB` : `${(bytes / MiB).toFixed(1)} MiB`;

const ms = (value: number): string => value.toFixed(2);

/** `words`: for less, and for more, than before. */
function ratio(before: number, after: number, [less, more]: readonly [string, string]): string {
  if (before <= 0 || after <= 0) return '';
  return after <= before ? `${(before / after).toFixed(2)} x ${less}` : `${(after / before).toFixed(2)} x ${more}`;
}
