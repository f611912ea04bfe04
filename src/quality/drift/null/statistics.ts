/**
 * How far counts of a window are from those of the reference, over the same cells. Pure. Cells are in the order of their
 * values where there is one.
 */

/** `ks`: for numbers, in order. `chi_square` and `l_infinity`: for classes, in any order. */
export type Statistic = 'ks' | 'chi_square' | 'l_infinity';

type Counts = ArrayLike<number>;

export const sumOf = (counts: Counts): number => {
  let sum = 0;
  for (let cell = 0; cell < counts.length; cell++) sum += counts[cell]!;
  return sum;
};

/** Kolmogorov-Smirnov over bins: the largest difference of the shares up to a bin. From 0 to 1. */
export function ks(reference: Counts, window: Counts): number {
  const all = sumOf(reference);
  const n = sumOf(window);
  let difference = 0;
  let largest = 0;
  for (let cell = 0; cell < reference.length; cell++) {
    difference += reference[cell]! / all - window[cell]! / n;
    largest = Math.max(largest, Math.abs(difference));
  }
  return largest;
}

/** The chi-square statistic of two samples of different sizes: cells that both lack count nothing. */
export function chiSquare(reference: Counts, window: Counts): number {
  const up = Math.sqrt(sumOf(reference) / sumOf(window));
  let sum = 0;
  for (let cell = 0; cell < reference.length; cell++) {
    const both = reference[cell]! + window[cell]!;
    if (both > 0) sum += (window[cell]! * up - reference[cell]! / up) ** 2 / both;
  }
  return sum;
}

/** The largest change of a share. From 0 to 1. */
export function lInfinity(reference: Counts, window: Counts): number {
  const all = sumOf(reference);
  const n = sumOf(window);
  let largest = 0;
  for (let cell = 0; cell < reference.length; cell++) {
    largest = Math.max(largest, Math.abs(reference[cell]! / all - window[cell]! / n));
  }
  return largest;
}

/** Added to each cell, so that an empty one has a logarithm. */
const SMOOTHED = 0.5;

/** The population stability index, of counts that are smoothed by a half. */
export function psi(reference: Counts, window: Counts): number {
  const cells = reference.length;
  const all = sumOf(reference) + SMOOTHED * cells;
  const n = sumOf(window) + SMOOTHED * cells;
  let sum = 0;
  for (let cell = 0; cell < cells; cell++) {
    const p = (reference[cell]! + SMOOTHED) / all;
    const q = (window[cell]! + SMOOTHED) / n;
    sum += (p - q) * Math.log(p / q);
  }
  return sum;
}

export const STATISTICS: Readonly<Record<Statistic, (reference: Counts, window: Counts) => number>> = {
  ks,
  chi_square: chiSquare,
  l_infinity: lInfinity,
};
