/** What n answers say of all answers: the interval of a share that was counted. Pure. */

/** Of a normal distribution: 95 of 100 values are within, on both sides. */
export const Z95 = 1.959963984540054;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The interval of a share: `hits` of `n`. Unlike p ± z·s it stays within 0 and 1, and is right for shares near them (Wilson,
 * 1927).
 */
export function wilson(hits: number, n: number, z = Z95): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const p = hits / n;
  const zz = z * z;
  const middle = (p + zz / (2 * n)) / (1 + zz / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + zz / (4 * n * n))) / (1 + zz / n);
  return {
    low: hits === 0 ? 0 : Math.max(0, middle - half),
    high: hits === n ? 1 : Math.min(1, middle + half),
  };
}
