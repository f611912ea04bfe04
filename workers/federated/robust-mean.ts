/**
 * The mean of the updates of a round, in the three forms that are offered: weighted by samples (McMahan et al., 2017),
 * with each update clipped to a norm, and coordinate by coordinate without the lowest and highest values (Yin et al., 2018),
 * which a minority of clients cannot move beyond what the others have sent. Pure.
 */

/** The middle value; of an even number the mean of the two. Of none: NaN. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** What brings each norm to the limit at most. `limit`: Infinity clips nothing. */
export const scalesOf = (norms: readonly number[], limit: number): readonly number[] =>
  norms.map((norm) => (norm > limit ? limit / norm : 1));

/** Adds `scale * weight * update` to the sum, element by element. */
export function addTo(sum: Float64Array, update: Float32Array, factor: number): void {
  for (let at = 0; at < update.length; at++) sum[at]! += factor * update[at]!;
}

/** How many values are left out at each end. */
export const trimmedAtEachEnd = (clients: number, trim: number): number => Math.floor(clients * trim);

/**
 * The trimmed mean of each coordinate of a block. `block`: the values of the first update, then those of the second, and so
 * on; each multiplied by its scale here. `out`: one value for each coordinate.
 */
export function trimmedMean(
  block: Float32Array,
  scales: readonly number[],
  trim: number,
  out: Float64Array,
): void {
  const clients = scales.length;
  const width = out.length;
  const left = trimmedAtEachEnd(clients, trim);
  const values = new Float64Array(clients);
  for (let at = 0; at < width; at++) {
    for (let client = 0; client < clients; client++)
      values[client] = block[client * width + at]! * scales[client]!;
    values.sort();
    let sum = 0;
    for (let rank = left; rank < clients - left; rank++) sum += values[rank]!;
    out[at] = sum / (clients - 2 * left);
  }
}
