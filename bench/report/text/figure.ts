/**
 * How every number of the report is written: three significant digits, thousands apart by a comma, and never `-0`.
 * The same number gives the same text on every machine, whatever its language is.
 */
import type { Repetitions } from '../../record/results.ts';
import { extremes, median, type Interval } from '../../record/statistics.ts';

/** What stands where nothing was measured. */
export const NOTHING = '–';

const DIGITS = 3;

/** `0.935`, `9.58`, `14.0`, `241`, `25,300`; a figure past all limits is `∞`. */
export function number(value: number): string {
  if (Number.isNaN(value)) return NOTHING;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  // Rounded first, so that 9.999 counts as 10 and has the decimals of 10.
  const rounded = Number(value.toPrecision(DIGITS));
  if (rounded === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(rounded)));
  if (magnitude >= DIGITS) return thousands(Math.round(value));
  return rounded.toFixed(Math.max(0, DIGITS - 1 - magnitude));
}

/** `241 (233–246)`: the median, and the smallest and largest repetition. */
export function figure(repetitions: Repetitions | undefined): string {
  const values = measured(repetitions);
  if (values.length === 0) return NOTHING;
  const middle = number(median(values));
  if (values.length === 1) return middle;
  const { min, max } = extremes(values);
  return `${middle} (${number(min)}–${number(max)})`;
}

/** The median alone, for tables that are read at a glance. */
export function short(repetitions: Repetitions | undefined): string {
  const values = measured(repetitions);
  return values.length === 0 ? NOTHING : number(median(values));
}

/** A number that somebody chose or counted, with all of its digits: `0.93`, `16`, `25,000`. */
export function exact(value: number): string {
  const [whole = '', decimals] = String(value).split('.');
  return decimals === undefined ? thousands(Number(whole)) : `${whole}.${decimals}`;
}

/** `0.935–0.961`, and the confidence where it is not the usual 95 %. */
export function interval({ low, high, confidence }: Interval): string {
  const ends = `${number(low)}–${number(high)}`;
  return confidence >= 0.95 ? ends : `${ends} (${percent(confidence)})`;
}

/** `94 %` of a share: whole percents, which is as much as a noisy machine tells. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${thousands(Math.round(share * 100))} %` : NOTHING;
}

/** The median share of two figures: `94 %`. */
export function shareOf(part: Repetitions | undefined, whole: Repetitions | undefined): string {
  const a = measured(part);
  const b = measured(whole);
  return a.length === 0 || b.length === 0 ? NOTHING : percent(median(a) / median(b));
}

/** The median, or undefined where nothing was measured. */
export function middle(repetitions: Repetitions | undefined): number | undefined {
  const values = measured(repetitions);
  return values.length === 0 ? undefined : median(values);
}

/** Only finite numbers: JSON keeps the percentile of no answers as null. */
export function measured(repetitions: Repetitions | undefined): readonly number[] {
  return (repetitions ?? []).filter((value: number | null) => value !== null && Number.isFinite(value));
}

function thousands(whole: number): string {
  const digits = String(Math.abs(whole)).replace(/\B(?=(\d{3})+$)/g, ',');
  return whole < 0 ? `-${digits}` : digits;
}
