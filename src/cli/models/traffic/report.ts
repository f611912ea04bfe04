/** The traffic of a model as text for people. Pure. */
import { tableLines } from '../../table.ts';

/** What is read of the answer of a server; a later one may say more. */
export interface Shown {
  readonly model: string;
  readonly state: string;
  readonly reason?: string;
  readonly set_by: string;
  readonly default_version: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly baseline: string;
  readonly split: readonly {
    readonly version: string;
    readonly name: string;
    readonly share: number;
    readonly state: string;
  }[];
  readonly versions: readonly {
    readonly version: string;
    readonly requests: number;
    readonly errors: number;
    readonly p50_ms?: number;
    readonly p99_ms?: number;
  }[];
  readonly comparison: readonly {
    readonly live: string;
    readonly shadow: string;
    readonly n: number;
    readonly agreement: { readonly value?: number; readonly low: number; readonly high: number };
    readonly largest_difference: number;
    readonly errors: number;
    readonly live_p50_ms?: number;
    readonly shadow_p50_ms?: number;
  }[];
  readonly guard?: {
    readonly judged: readonly {
      readonly version: string;
      readonly verdict: string;
      readonly n: number;
      readonly checks: readonly { readonly check: string; readonly says: string; readonly n: number }[];
    }[];
  };
}

export function report(shown: Shown): string {
  const { model, state, reason, set_by: by } = shown;
  const why = reason === undefined ? '' : `: ${reason}`;
  const parts = [
    `${model}: ${state.replace('_', ' ')}, set by ${by}${why}`,
    splitText(shown),
    ...comparisonText(shown),
    ...guardText(shown),
  ];
  return parts.join('\n\n');
}

function splitText({ split, versions, baseline, default_version: fallback, settings }: Shown): string {
  if (split.length === 0) return `There is no split: version ${fallback} answers.`;
  const rows = split.map(({ version, name, share, state }) => {
    const counted = versions.find((one) => one.version === version);
    return [
      name,
      version,
      `${(share * 100).toFixed(2)} %`,
      state,
      String(counted?.requests ?? 0),
      String(counted?.errors ?? 0),
      ms(counted?.p50_ms),
      ms(counted?.p99_ms),
      version === baseline ? 'baseline' : '',
    ];
  });
  const head = ['NAME', 'VERSION', 'SHARE', 'STATE', 'REQUESTS', 'ERRORS', 'P50', 'P99', ''];
  const { sticky } = settings;
  const key = typeof sticky === 'string' ? [`Sticky by ${sticky}.`] : [];
  return [...tableLines(head, rows), ...key].join('\n');
}

function comparisonText({ comparison, settings }: Shown): string[] {
  if (comparison.length === 0) return settings['shadow'] === undefined ? [] : ['Nothing compared yet.'];
  const rows = comparison.map((one) => [
    `${one.live} / ${one.shadow}`,
    String(one.n),
    one.agreement.value === undefined
      ? ''
      : `${percent(one.agreement.value)} (${percent(one.agreement.low)} to ${percent(one.agreement.high)})`,
    one.largest_difference.toPrecision(3),
    String(one.errors),
    `${ms(one.live_p50_ms)} / ${ms(one.shadow_p50_ms)}`,
  ]);
  const head = ['LIVE / SHADOW', 'INPUTS', 'AGREEMENT (95 %)', 'LARGEST DIFFERENCE', 'ERRORS', 'P50'];
  return [tableLines(head, rows).join('\n')];
}

const guardText = ({ guard }: Shown): string[] =>
  (guard?.judged ?? []).map(({ version, verdict, n, checks }) =>
    [
      `Guard: version ${version} ${verdict} (n ${n})`,
      ...checks.map(({ check, says, n: samples }) => `  ${check.replace('_', ' ')} ${says} (n ${samples})`),
    ].join('\n'),
  );

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const ms = (value: number | undefined): string => (value === undefined ? '' : `${value.toPrecision(3)} ms`);
