/** The targets, and whether this run meets them. The median decides; where the interval holds the bound, the verdict says so. */
import { heading, list, table, text, type Block } from '../text/blocks.ts';
import type { Sources } from '../text/servers.ts';
import { exact, interval, measured, NOTHING, number } from '../text/figure.ts';
import { medianInterval, ratioInterval, type Interval, type Pair } from '../../record/statistics.ts';
import type { Target } from '../../record/results.ts';

export function targets(sources: Sources): Block[] {
  const rows = allTargets(sources);
  if (rows.length === 0) return [];
  return [
    heading(2, 'Targets'),
    text(`What the project sets itself, and what this run says about it: ${score(sources)}.`),
    table(
      3,
      ['target', 'model', 'bound', 'median', '95 % interval', 'n', 'verdict'],
      rows.map((target) => {
        const measuredAs = intervalOf(target);
        return [
          target.name,
          target.model ?? '',
          boundOf(target),
          measuredAs ? number(measuredAs.median) : NOTHING,
          measuredAs ? interval(measuredAs) : NOTHING,
          String(valuesOf(target).length),
          measuredAs ? verdict(target, measuredAs) : 'not measured',
        ];
      }),
    ),
    list(hows(rows)),
  ];
}

/** `**met**, 4.3 % to spare`, `**not met**, by 13 %`; with a word where the interval does not bear the verdict out. */
export function verdict({ better, bound }: Target, { median, low, high }: Interval): string {
  const margin = better === 'at least' ? median / bound - 1 : 1 - median / bound;
  const met = better === 'at least' ? median >= bound : median <= bound;
  const sure =
    better === 'at least' ? (met ? low >= bound : high < bound) : met ? high <= bound : low > bound;
  const distance = `${number(Math.abs(margin) * 100)} %`;
  const words = met ? `**met**, ${distance} to spare` : `**not met**, by ${distance}`;
  return sure ? words : `${words}; the interval holds the bound`;
}

/** `3 of 5 are met, 1 was not measured`. */
export function score(sources: Sources): string {
  const rows = allTargets(sources);
  const verdicts = rows.flatMap((target) => {
    const measuredAs = intervalOf(target);
    return measuredAs ? [verdict(target, measuredAs)] : [];
  });
  const met = verdicts.filter((words) => words.startsWith('**met**')).length;
  const missing = rows.length - verdicts.length;
  return `${met} of ${rows.length} are met${missing === 0 ? '' : `, ${missing} not measured`}`;
}

export interface Missed {
  /** `start to ready`, `memory, int8`. */
  readonly label: string;
  readonly median: number;
  /** `at most 600 ms`. */
  readonly bound: string;
  /** Of the bound: 0.1 is ten per cent away. */
  readonly distance: number;
}

/** The targets that are not met, the furthest first. */
export function missed(sources: Sources): Missed[] {
  return allTargets(sources)
    .flatMap((target) => {
      const median = intervalOf(target)?.median;
      const distance =
        median === undefined ? 0 : (median / target.bound - 1) * (target.better === 'at least' ? -1 : 1);
      if (median === undefined || distance <= 0) return [];
      return [{ label: labelOf(target), median, bound: boundOf(target), distance }];
    })
    .toSorted((a, b) => b.distance - a.distance);
}

/** Those of the run itself, then those that only the peers' run has. */
function allTargets({ own, beside }: Sources): readonly Target[] {
  if (own === beside) return own.targets;
  const known = new Set(own.targets.map(labelOf));
  return [...own.targets, ...beside.targets.filter((target) => !known.has(labelOf(target)))];
}

function intervalOf(target: Target): Interval | undefined {
  if (target.pairs) {
    const pairs = complete(target.pairs);
    return pairs.length === 0 ? undefined : ratioInterval(pairs);
  }
  const values = measured(target.values);
  return values.length === 0 ? undefined : medianInterval(values);
}

function valuesOf({ pairs, values }: Target): readonly number[] {
  return pairs ? complete(pairs).map(({ a, b }) => a / b) : measured(values);
}

/** Pairs of which both were measured: JSON keeps a percentile of no answers as null, and null / 1 would be 0. */
function complete(pairs: NonNullable<Target['pairs']>): readonly Pair[] {
  return pairs.filter(({ a, b }) => Number.isFinite(a) && Number.isFinite(b) && b !== 0);
}

function boundOf({ better, bound, unit }: Target): string {
  return `${better} ${exact(bound)}${unit === 'ratio' ? '' : ` ${unit}`}`;
}

function labelOf({ name, model }: Target): string {
  return model === undefined ? name : `${name}, ${model}`;
}

/** How each was taken, once for all models of a name where that is the same. */
function hows(rows: readonly Target[]): string[] {
  return [...new Set(rows.map(({ name, how }) => `**${name}**: ${how}`))];
}
