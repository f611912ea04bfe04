/** How much a count proves. Pure. */

/** Of a normal distribution: 99 of 100 values are below. A check runs every minute, so a false alarm has to be rare. */
export const ONE_SIDED_99 = 2.326;

export interface Share {
  readonly count: number;
  readonly n: number;
}

/** Whether the true share behind `one` is above that behind `other`: the two-proportion z test, one-sided. */
export function isAbove(one: Share, other: Share, z: number): boolean {
  if (one.n === 0 || other.n === 0) return false;
  const pooled = (one.count + other.count) / (one.n + other.n);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / one.n + 1 / other.n));
  return deviation > 0 && (one.count / one.n - other.count / other.n) / deviation > z;
}
