/** The drift of a model as text for people. Pure. */
import { tableLines } from '../table.ts';

/** What is read of the answer of a server; a later one may say more. */
export interface Shown {
  readonly model: string;
  readonly versions: readonly ShownVersion[];
}

export interface ShownVersion {
  readonly version: string;
  readonly state: string;
  readonly reason?: string;
  readonly gathering?: { readonly rows: number; readonly of: number };
  readonly reference?: { readonly rows: number; readonly made: string; readonly from: string };
  readonly window?: {
    readonly rows: number;
    readonly seen: number;
    readonly whole: number;
    readonly alarms: number;
    readonly false_alarm_every: number;
  };
  readonly features: readonly {
    readonly feature: string;
    readonly psi?: { readonly value: number; readonly null_p99: number };
    readonly statistics: readonly {
      readonly name: string;
      readonly statistic: string;
      readonly value: number;
      readonly threshold: number;
      readonly alarm: boolean;
    }[];
  }[];
}

export const report = ({ model, versions }: Shown): string =>
  versions.length === 0
    ? `${model}: no version has been loaded yet.`
    : versions.map((version) => versionText(model, version)).join('\n\n');

function versionText(
  model: string,
  { version, state, reason, gathering, reference, window, features }: ShownVersion,
): string {
  const lines = [
    `${model} version ${version}: ${STATES[state] ?? state}${reason === undefined ? '' : `: ${reason}`}`,
  ];
  if (gathering !== undefined)
    lines.push(`A reference is made of its traffic: ${gathering.rows} of ${gathering.of} rows so far.`);
  if (reference !== undefined && window !== undefined) {
    lines.push(
      `Reference of ${reference.rows} rows from ${reference.from}, made ${reference.made}.`,
      `${window.whole} whole windows of ${window.rows} rows, ${window.alarms} beyond a threshold; ${window.seen} rows in the next.`,
      `By chance alone one window in ${window.false_alarm_every} is beyond.`,
    );
  }
  const rows = features.flatMap(({ statistics, psi }) =>
    statistics.map(({ name, statistic, value, threshold, alarm }) => [
      name,
      statistic,
      number(value),
      number(threshold),
      alarm ? 'DRIFT' : '',
      psi === undefined ? '' : `${number(psi.value)} (${number(psi.null_p99)})`,
    ]),
  );
  if (rows.length === 0) return lines.join('\n');
  const head = ['FEATURE', 'STATISTIC', 'VALUE', 'THRESHOLD', '', 'PSI (ITS 99 % WITHOUT DRIFT)'];
  return [...lines, '', ...tableLines(head, rows)].join('\n');
}

const STATES: Readonly<Record<string, string>> = {
  off: 'not watched, there is no drift.json beside it',
  preparing: 'its reference is being read',
  watching: 'watched',
  refused: 'served, and not watched',
};

const number = (value: number): string => value.toPrecision(3);
