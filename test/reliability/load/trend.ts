/** Whether a value that is looked at again and again grows: a least-squares line through all looks. Pure. */

export interface Look {
  /** Milliseconds. */
  readonly at: number;
  readonly value: number;
}

/** How much the line rises from the first look to the last, over its mean. NaN with fewer than three looks. */
export function growth(looks: readonly Look[]): number {
  if (looks.length < 3) return NaN;
  const meanAt = mean(looks.map(({ at }) => at));
  const meanValue = mean(looks.map(({ value }) => value));
  let covariance = 0;
  let variance = 0;
  for (const { at, value } of looks) {
    covariance += (at - meanAt) * (value - meanValue);
    variance += (at - meanAt) ** 2;
  }
  return ((covariance / variance) * (looks.at(-1)!.at - looks[0]!.at)) / meanValue;
}

/** The least value of each `count` looks in a row: of a heap, what is left after a collection. */
export function floors(looks: readonly Look[], count: number): Look[] {
  const all: Look[] = [];
  for (let from = 0; from + count <= looks.length; from += count) {
    all.push(
      looks.slice(from, from + count).reduce((least, look) => (look.value < least.value ? look : least)),
    );
  }
  return all;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
