/** The largest of some scores. Pure. */

/** Largest k that is selected by insertion, whose cost grows with its square. */
const INSERTED = 64;

/** Indexes of the k largest of `scores[from .. from + count)`, from 0, largest first; equal scores are in index order. */
export const largest = (scores: ArrayLike<number>, from: number, count: number, k: number): number[] =>
  (k > INSERTED ? bySorting : byInsertion)(scores, from, count, k);

/** For a small k: most scores need one comparison. */
function byInsertion(scores: ArrayLike<number>, from: number, count: number, k: number): number[] {
  const places: number[] = [];
  const best: number[] = [];
  for (let index = 0; index < count; index++) {
    const score = scores[from + index]!;
    if (best.length === k && !(score > best[k - 1]!)) continue;
    let place = best.length < k ? best.length : k - 1;
    for (; place > 0 && best[place - 1]! < score; place--) {
      best[place] = best[place - 1]!;
      places[place] = places[place - 1]!;
    }
    best[place] = score;
    places[place] = index;
  }
  return places;
}

/** For a large k. */
function bySorting(scores: ArrayLike<number>, from: number, count: number, k: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  return order.sort((a, b) => scores[from + b]! - scores[from + a]! || a - b).slice(0, k);
}
