/**
 * What is said about a handful of repetitions: median, extremes, and an interval for the median. Pure, and without
 * any assumption about how the noise is distributed: on a shared machine it is neither normal nor symmetric.
 */

/** Two figures that were taken back to back, so that both have the same drift of the machine. */
export interface Pair {
  readonly a: number;
  readonly b: number;
}

export interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /**
   * The chance that such an interval holds the true median, 0 to 1: 0.95, or less where there are fewer than six values,
   * whose extremes are then all that can be said.
   */
  readonly confidence: number;
}

export const CONFIDENCE = 0.95;

/** The middle value, or the mean of the two in the middle. Throws RangeError when there is none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = (sorted.length - 1) / 2;
  return (at(sorted, Math.floor(middle)) + at(sorted, Math.ceil(middle))) / 2;
}

/** The smallest and the largest value. Throws RangeError when there is none. */
export function extremes(values: readonly number[]): { readonly min: number; readonly max: number } {
  const sorted = ascending(values);
  return { min: at(sorted, 0), max: at(sorted, sorted.length - 1) };
}

/**
 * The median and its 95 % interval by interpolated order statistics: Hettmansperger and Sheather, Confidence intervals
 * based on interpolated order statistics, Statistics & Probability Letters 4 (1986) 75-79. The pair of the k-th values
 * from both ends holds the true median with a chance that the binomial distribution gives exactly; the interval lies
 * between the pair that is just surer than 95 % and the next one inwards. Plain order statistics would make eight
 * pairs' interval their extremes, so that one disturbed pair hides any difference.
 */
export function medianInterval(values: readonly number[]): Interval {
  const sorted = ascending(values);
  const n = sorted.length;
  const middle = median(sorted);
  const outermost = coverage(n, 1);
  if (outermost <= CONFIDENCE) {
    return {
      median: middle,
      low: at(sorted, 0),
      high: at(sorted, n - 1),
      confidence: Math.max(outermost, 0),
    };
  }
  let k = 1;
  while (coverage(n, k + 1) >= CONFIDENCE) k++;
  const share = (coverage(n, k) - CONFIDENCE) / (coverage(n, k) - coverage(n, k + 1));
  const inwards = ((n - k) * share) / (k + (n - 2 * k) * share);
  const between = (outer: number, inner: number): number => outer + inwards * (inner - outer);
  return {
    median: middle,
    low: between(at(sorted, k - 1), at(sorted, k)),
    high: between(at(sorted, n - k), at(sorted, n - k - 1)),
    confidence: CONFIDENCE,
  };
}

/** The median of a / b over the pairs, and its interval. Throws RangeError when there is no pair. */
export function ratioInterval(pairs: readonly Pair[]): Interval {
  return medianInterval(pairs.map(({ a, b }) => a / b));
}

/** The chance that the true median of n values lies between the k-th smallest and the k-th largest of them. */
function coverage(n: number, k: number): number {
  let outside = 0;
  let combinations = 1;
  for (let i = 0; i < k; i++) {
    outside += combinations;
    combinations = (combinations * (n - i)) / (i + 1);
  }
  return 1 - 2 * outside * 0.5 ** n;
}

function ascending(values: readonly number[]): readonly number[] {
  if (values.length === 0) throw new RangeError('There are no values.');
  return values.toSorted((a, b) => a - b);
}

function at(sorted: readonly number[], index: number): number {
  const value = sorted[index];
  if (value === undefined) throw new RangeError(`There is no value ${index} of ${sorted.length}.`);
  return value;
}
