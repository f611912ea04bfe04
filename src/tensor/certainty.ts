/** How sure a classifier is of a row: what is said of an answer to whoever watches a model. Pure. */
import type { TensorView } from './tensor.ts';

export interface Certainty {
  /** Index of the largest score; -1 where there is none. */
  readonly top: number;
  /** The probability of that class. */
  readonly confidence: number;
  /** Shannon entropy of all probabilities, in nats: 0 when one class has all, ln(classes) when all have the same. */
  readonly entropy: number;
}

/**
 * Of `scores[from .. from + count)`. With `softmax` they become probabilities first, else they are taken as such; where
 * they are none, the entropy is NaN.
 */
export function certaintyOf(
  scores: Exclude<TensorView, BigInt64Array | BigUint64Array>,
  from: number,
  count: number,
  softmax: boolean,
): Certainty {
  let top = -1;
  let largest = -Infinity;
  for (let index = 0; index < count; index++) {
    const score = scores[from + index]!;
    if (score > largest) {
      largest = score;
      top = index;
    }
  }
  if (top < 0) return { top, confidence: NaN, entropy: NaN };
  if (!softmax) return { top, confidence: largest, entropy: entropyOf(scores, from, count) };
  // Subtracting the largest score keeps exp() from overflowing; the entropy is ln(sum) less the mean of what is left.
  let sum = 0;
  let weighted = 0;
  for (let index = 0; index < count; index++) {
    const less = scores[from + index]! - largest;
    const power = Math.exp(less);
    sum += power;
    if (power > 0) weighted += power * less;
  }
  return { top, confidence: 1 / sum, entropy: Math.max(0, Math.log(sum) - weighted / sum) };
}

function entropyOf(probabilities: ArrayLike<number>, from: number, count: number): number {
  let entropy = 0;
  for (let index = 0; index < count; index++) {
    const probability = probabilities[from + index]!;
    if (!(probability >= 0 && probability <= 1)) return NaN;
    if (probability > 0 && probability < 1) entropy -= probability * Math.log(probability);
  }
  return entropy;
}
