/** Post-processing of scores: top k and softmax. Pure, and numerically stable for any finite scores. */
import { largest } from '../src/tensor/largest.ts';
import type { Classes } from '../src/thread/messages.ts';

/**
 * Returns the indexes of the k largest of `scores[from .. from + count)`, largest first; equal scores are in index order.
 * With `softmax` the probabilities are those over all `count` classes, otherwise the raw scores.
 */
export function topClasses(
  scores: ArrayLike<number>,
  from: number,
  count: number,
  k: number,
  softmax: boolean,
): Classes {
  const classes = largest(scores, from, count, k);
  const best = classes.map((index) => scores[from + index]!);
  if (!softmax || best.length === 0) return { kind: 'classes', classes, probabilities: best };

  // Subtracting the largest score keeps exp() from overflowing.
  const top = best[0]!;
  let sum = 0;
  for (let index = 0; index < count; index++) sum += Math.exp(scores[from + index]! - top);
  return { kind: 'classes', classes, probabilities: best.map((score) => Math.exp(score - top) / sum) };
}
