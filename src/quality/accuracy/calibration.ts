/**
 * Whether the model is as often right as it is sure: predictions by their probability, in bins of equal width, and the
 * expected calibration error (Naeini et al., 2015), the mean distance of both, weighted by the predictions of each bin.
 */

/** As in most papers. */
export const BINS = 15;

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly n: number;
  /** Mean probability of the most probable class, and how many of these were right; undefined without predictions. */
  readonly confidence: number | undefined;
  readonly accuracy: number | undefined;
}

export class Calibration {
  /** Of each bin: predictions, right ones, the sum of their probabilities. */
  readonly #sums = new Float64Array(3 * BINS);

  /** What is no probability, as a score of a model without softmax, is left out. */
  add(probability: number, correct: boolean): void {
    if (!(probability >= 0 && probability <= 1)) return;
    const bin = Math.min(BINS - 1, Math.floor(probability * BINS));
    this.#sums[3 * bin]!++;
    this.#sums[3 * bin + 1]! += Number(correct);
    this.#sums[3 * bin + 2]! += probability;
  }

  addAll(other: Calibration): void {
    for (const [i, sum] of other.#sums.entries()) this.#sums[i]! += sum;
  }

  get n(): number {
    return this.bins.reduce((sum, { n }) => sum + n, 0);
  }

  /** From 0, perfect, to 1; undefined without predictions. */
  get error(): number | undefined {
    const { bins, n } = this;
    if (n === 0) return undefined;
    return bins.reduce(
      (sum, bin) => sum + (bin.n === 0 ? 0 : (bin.n / n) * Math.abs(bin.accuracy! - bin.confidence!)),
      0,
    );
  }

  get bins(): readonly Bin[] {
    return Array.from({ length: BINS }, (_, bin) => {
      const [n, right, sum] = this.#sums.subarray(3 * bin, 3 * bin + 3) as unknown as [
        number,
        number,
        number,
      ];
      const known = n > 0;
      return {
        from: bin / BINS,
        to: (bin + 1) / BINS,
        n,
        confidence: known ? sum / n : undefined,
        accuracy: known ? right / n : undefined,
      };
    });
  }
}
