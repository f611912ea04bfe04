/** Seeded, repeatable random numbers, and the distributions that the simulator draws from. */
import { seededRandom } from '../../tools/random/seeded.ts';

export class Random {
  /** Uniform in [0, 1). */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  between(from: number, to: number): number {
    return from + (to - from) * this.next();
  }

  /** Exponential with that mean: the gaps between arrivals of a Poisson process. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** Lognormal with mean 1; `spread` is the standard deviation of the logarithm. */
  lognormal(spread: number): number {
    if (spread === 0) return 1;
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return Math.exp(spread * normal - (spread * spread) / 2);
  }

  /** One of the items, with a probability proportional to its weight. */
  pick<Item extends { readonly weight: number }>(items: readonly [Item, ...Item[]]): Item {
    let left = this.next() * items.reduce((sum, { weight }) => sum + weight, 0);
    for (const item of items) {
      left -= item.weight;
      if (left < 0) return item;
    }
    return items[0];
  }
}
