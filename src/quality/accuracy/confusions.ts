/**
 * Which class was taken for which other one, and how often: the most frequent pairs, in bounded memory (the space-saving
 * algorithm of Metwally, Agrawal and El Abbadi, 2005). A pair that takes the place of the rarest one inherits its count,
 * as doubt; what is reported is the count without the doubt, so that it is never too high.
 */

/** Of a day: those that matter come to the front of so many. */
const MOST_PAIRS = 256;
/** Classes are numbered below this, so that a pair is one whole number. */
const MOST_CLASSES = 2 ** 26;

export interface Confusion {
  readonly predicted: number;
  readonly actual: number;
  readonly count: number;
}

interface Count {
  count: number;
  /** Of these, how many may be of other pairs. */
  doubt: number;
}

export class Confusions {
  readonly #pairs = new Map<number, Count>();

  add(predicted: number, actual: number, times = 1): void {
    if (predicted >= MOST_CLASSES || actual >= MOST_CLASSES) return;
    const pair = predicted * MOST_CLASSES + actual;
    const there = this.#pairs.get(pair);
    if (there !== undefined) there.count += times;
    else if (this.#pairs.size < MOST_PAIRS) this.#pairs.set(pair, { count: times, doubt: 0 });
    else {
      const doubt = this.#removeRarest();
      this.#pairs.set(pair, { count: doubt + times, doubt });
    }
  }

  addAll(other: Confusions): void {
    for (const { predicted, actual, count } of other.all) this.add(predicted, actual, count);
  }

  /** The `most` most frequent, most frequent first. */
  top(most: number): readonly Confusion[] {
    return this.all
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count || a.predicted - b.predicted || a.actual - b.actual)
      .slice(0, most);
  }

  get all(): Confusion[] {
    return [...this.#pairs].map(([pair, { count, doubt }]) => ({
      predicted: Math.floor(pair / MOST_CLASSES),
      actual: pair % MOST_CLASSES,
      count: count - doubt,
    }));
  }

  #removeRarest(): number {
    let rarest = -1;
    let least = Infinity;
    for (const [pair, { count }] of this.#pairs) {
      if (count >= least) continue;
      rarest = pair;
      least = count;
    }
    this.#pairs.delete(rarest);
    return least;
  }
}
