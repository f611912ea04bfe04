/** Whether a comparison passes the limits, and a sentence for each that it does not. Pure. */
import type { Comparison, ComparedClass } from './comparison.ts';
import { atLeast, neededFor, neededForDrop } from './interval.ts';
import type { Limits } from './limits.ts';

/** What one of the two costs. */
export interface Cost {
  /** Bytes of all files of the version. */
  readonly bytes: number;
  /** Median of a run of one row on one core of this machine, without decoding; undefined: not measured. */
  readonly msPerRow?: number | undefined;
}

export interface Costs {
  readonly champion: Cost;
  readonly challenger: Cost;
}

/** Most classes that are named in one sentence. */
const NAMED = 5;

/**
 * A sentence for each limit that is not shown to hold; empty when all are. Bounds decide, not the shares themselves: few answers
 * show little. `nameOf`: of a class, for people.
 */
export function refusals(
  comparison: Comparison,
  limits: Limits,
  costs: Costs,
  nameOf: (classId: number) => string = String,
): string[] {
  return [
    ...ofAccuracy(comparison, limits),
    ...ofDrop(comparison, limits),
    ...ofAgreement(comparison, limits),
    ...ofClasses(comparison, limits, nameOf),
    ...ofCosts(costs, limits),
  ];
}

/** Why so few examples cannot pass the limits, however they are answered; undefined when they can. */
export function unattainable(n: number, { minAccuracy, minAgreement, maxDrop }: Limits): string | undefined {
  const needed = Math.max(
    minAccuracy === undefined ? 1 : neededFor(minAccuracy),
    minAgreement === undefined ? 1 : neededFor(minAgreement),
    maxDrop === undefined ? 1 : neededForDrop(maxDrop),
  );
  if (n >= needed) return undefined;
  return needed === Infinity
    ? 'No number of examples can show a share of 1, or that nothing is lost: ask for a little less.'
    : `There are ${n} held-out examples, and even if all were answered as before, that would show too little: ${needed} are needed for these limits.`;
}

function ofAccuracy({ n, accuracy }: Comparison, { minAccuracy }: Limits): string[] {
  if (minAccuracy === undefined) return [];
  if (accuracy === undefined) return ['A least accuracy is asked for, but the right answers are not known.'];
  const { hits, share, low } = accuracy.challenger;
  if (low >= minAccuracy) return [];
  return [
    `The accuracy is ${percent(share)} (${hits} of ${n}), which shows ${percent(low)} at least; ` +
      `asked for is ${percent(minAccuracy)}${tooFew(n, share >= minAccuracy, neededFor(minAccuracy))}.`,
  ];
}

function ofDrop({ n, accuracy }: Comparison, { maxDrop }: Limits): string[] {
  if (maxDrop === undefined || accuracy === undefined || accuracy.drop.high <= maxDrop) return [];
  const { champion, challenger } = accuracy;
  const { share, high } = accuracy.drop;
  return [
    `The accuracy goes from ${percent(champion.share)} to ${percent(challenger.share)}, which shows no more than that at most ` +
      `${percent(high)} are lost; allowed are ${percent(maxDrop)}${tooFew(n, share <= maxDrop, neededForDrop(maxDrop))}.`,
  ];
}

function ofAgreement({ n, agreement }: Comparison, { minAgreement }: Limits): string[] {
  if (minAgreement === undefined || agreement.low >= minAgreement) return [];
  const { hits, share, low } = agreement;
  return [
    `It answers as the other in ${percent(share)} (${hits} of ${n}), which shows ${percent(low)} at least; ` +
      `asked for are ${percent(minAgreement)}${tooFew(n, share >= minAgreement, neededFor(minAgreement))}.`,
  ];
}

/** More answers help only where what was seen is good enough. */
function tooFew(n: number, isGoodEnough: boolean, needed: number): string {
  if (!isGoodEnough || needed === Infinity) return '';
  return n < needed ? `, which takes ${needed} examples or more` : ', which more examples may show';
}

function ofClasses(
  { classes }: Comparison,
  { maxClassDrop, minAgreement }: Limits,
  nameOf: (classId: number) => string,
): string[] {
  if (maxClassDrop === undefined) return [];
  const bad = classes.filter((one) => isLost(one, classes.length, maxClassDrop, minAgreement));
  if (bad.length === 0) return [];
  const named = bad.slice(0, NAMED).map((one) => `${nameOf(one.classId)} (${changeOf(one)})`);
  const more = bad.length > NAMED ? ` and ${bad.length - NAMED} more` : '';
  return [
    `More than ${percent(maxClassDrop)} are lost of ${bad.length === 1 ? 'the class' : 'the classes'} ` +
      `${named.join(', ')}${more}.`,
  ];
}

/**
 * Whether so much would be lost by chance in fewer than 2.5 % of all comparisons, if no class of so many lost more than is allowed. By the
 * exact distribution: most classes have few examples.
 */
function isLost(
  { accuracy, agreement }: ComparedClass,
  classes: number,
  maxClassDrop: number,
  minAgreement = 1,
): boolean {
  const { n, hits } = agreement;
  const [seen, allowed] =
    accuracy === undefined
      ? [n - hits, 1 - minAgreement + maxClassDrop]
      : [accuracy.drop.lost, maxClassDrop + accuracy.drop.won / n];
  return atLeast(seen, n, allowed) < 0.025 / classes;
}

const changeOf = ({ accuracy, agreement }: ComparedClass): string =>
  accuracy === undefined
    ? `${agreement.hits} of ${agreement.n} alike`
    : `${accuracy.champion.hits} right of ${agreement.n}, then ${accuracy.challenger.hits}`;

function ofCosts({ champion, challenger }: Costs, { smallerOrFaster }: Limits): string[] {
  if (smallerOrFaster !== true || challenger.bytes < champion.bytes) return [];
  const [before, after] = [champion.msPerRow, challenger.msPerRow];
  if (before === undefined || after === undefined || after < before) return [];
  return [
    `It is neither smaller (${challenger.bytes} bytes, not ${champion.bytes}) nor faster ` +
      `(${after.toFixed(2)} ms a row, not ${before.toFixed(2)}).`,
  ];
}

/** `98.52 %` */
export const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
