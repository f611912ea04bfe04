/**
 * Which of 10,000 buckets belongs to which version. A change of weights moves exactly the difference, and only from
 * versions whose share becomes smaller to those whose share becomes larger. Pure.
 */

export const BUCKETS = 10_000;

/** The version of each bucket, by any name. */
export type Layout = readonly string[];

/**
 * Number of buckets of each version, by largest remainder: they add up to 10,000, and a ratio of whole ten-thousandths is
 * exact. `weights`: not negative, one of them above 0.
 */
export function quotasOf(weights: ReadonlyMap<string, number>): Map<string, number> {
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
  const shares = [...weights].map(([version, weight]) => {
    const exact = (weight / sum) * BUCKETS;
    const whole = Math.floor(exact);
    return { version, whole, rest: exact - whole };
  });
  shares.sort((a, b) => b.rest - a.rest || inOrder(a.version, b.version));
  let left = BUCKETS - shares.reduce((total, { whole }) => total + whole, 0);
  return new Map(shares.map(({ version, whole }) => [version, whole + (left-- > 0 ? 1 : 0)]));
}

/**
 * The layout for these weights. Without a previous one, versions lie side by side by number, so that two servers with the
 * same weights agree; so do two versions after any number of changes. From a previous one, as few buckets as possible
 * change hands.
 */
export function layoutOf(weights: ReadonlyMap<string, number>, previous?: Layout): Layout {
  const quotas = quotasOf(weights);
  const versions = [...quotas.keys()].sort(inOrder);
  if (previous === undefined) {
    return versions.flatMap((version) => Array.from({ length: quotas.get(version)! }, () => version));
  }
  const layout = [...previous];
  const places = new Map<string, number[]>(versions.map((version) => [version, []]));
  for (const [bucket, version] of layout.entries()) {
    const own = places.get(version);
    if (own === undefined) places.set(version, [bucket]);
    else own.push(bucket);
  }
  const missing = (version: string): number => (quotas.get(version) ?? 0) - places.get(version)!.length;
  for (const giver of [...places.keys()].sort(inOrder)) {
    for (const taker of versions) {
      const count = Math.min(-missing(giver), missing(taker));
      if (count <= 0) continue;
      const own = places.get(giver)!;
      // Neighbours give at their common border, so that the buckets of a version stay together.
      const moved = inOrder(taker, giver) < 0 ? own.splice(0, count) : own.splice(own.length - count, count);
      for (const bucket of moved) layout[bucket] = taker;
      places.get(taker)!.push(...moved);
    }
  }
  return layout;
}

/** By number; labels and anything else after them, by text. */
function inOrder(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (!Number.isNaN(difference) && difference !== 0) return difference;
  return a < b ? -1 : Number(a > b);
}
