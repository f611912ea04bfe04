/** How much a count proves. Pure. */

/** Of a normal distribution: 99 of 100 values are below. A check runs every minute, so a false alarm has to be rare. */
export const ONE_SIDED_99 = 2.326;
/** 95 of 100 values are within, on both sides. */
export const TWO_SIDED_95 = 1.96;

/** From 0 to 1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Where the true share lies, when `count` of `n` were seen: Wilson's score interval. Without samples: anywhere. */
export function wilson(count: number, n: number, z: number): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const share = count / n;
  const scale = 1 + (z * z) / n;
  const centre = share + (z * z) / (2 * n);
  const spread = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return {
    low: count === 0 ? 0 : Math.max(0, (centre - spread) / scale),
    high: count === n ? 1 : Math.min(1, (centre + spread) / scale),
  };
}

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
