/** The classes with the largest scores, and softmax. Pure, and numerically stable for any finite scores. */

export interface TopClasses {
  /** Indexes, most probable first. */
  readonly classes: readonly number[];
  readonly probabilities: readonly number[];
}

/** Largest k that is selected by insertion, whose cost grows with its square. */
const INSERTED = 64;

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
): TopClasses {
  const classes = (k > INSERTED ? bySorting : byInsertion)(scores, from, count, k);
  const best = classes.map((index) => scores[from + index]!);
  if (!softmax || best.length === 0) return { classes, probabilities: best };

  // Subtracting the largest score keeps exp() from overflowing.
  const largest = best[0]!;
  let sum = 0;
  for (let index = 0; index < count; index++) sum += Math.exp(scores[from + index]! - largest);
  return { classes, probabilities: best.map((score) => Math.exp(score - largest) / sum) };
}

/** For a small k: most classes need one comparison. */
function byInsertion(scores: ArrayLike<number>, from: number, count: number, k: number): number[] {
  const classes: number[] = [];
  const best: number[] = [];
  for (let index = 0; index < count; index++) {
    const score = scores[from + index]!;
    if (best.length === k && !(score > best[k - 1]!)) continue;
    let place = best.length < k ? best.length : k - 1;
    for (; place > 0 && best[place - 1]! < score; place--) {
      best[place] = best[place - 1]!;
      classes[place] = classes[place - 1]!;
    }
    best[place] = score;
    classes[place] = index;
  }
  return classes;
}

/** For a large k. */
function bySorting(scores: ArrayLike<number>, from: number, count: number, k: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  return order.sort((a, b) => scores[from + b]! - scores[from + a]! || a - b).slice(0, k);
}
