/** Random numbers for simulations, the same for the same seed: replicas find the same thresholds. Not for secrets. */

/** Numbers of at least 0 and below 1. */
export type Random = () => number;

/** sfc32: 96 bits of state and a counter, three nanoseconds a number. */
export function seeded(seed: number): Random {
  let a = seed | 0;
  let b = 0x9e3779b9 | 0;
  let c = 0x243f6a88 | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warm = 0; warm < 16; warm++) next();
  return next;
}

/** A standard normal number (Marsaglia's polar method, one of its two). */
function normal(random: Random): number {
  for (;;) {
    const u = 2 * random() - 1;
    const v = 2 * random() - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
  }
}

/** A gamma number of that shape and scale 1 (Marsaglia and Tsang, 2000). */
function gamma(shape: number, random: Random): number {
  if (shape < 1) return gamma(shape + 1, random) * Math.max(random(), Number.MIN_VALUE) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(Math.max(random(), Number.MIN_VALUE)) < 0.5 * x * x + d - d * v + d * Math.log(v))
      return d * v;
  }
}

/** Shares that sum to 1, from a Dirichlet distribution. */
export function dirichlet(weights: readonly number[], random: Random): Float64Array {
  const shares = Float64Array.from(weights, (weight) => gamma(weight, random));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/** Draws an index with the probability of its share, in constant time (Walker's alias method, as Vose builds it). */
export class Alias {
  readonly #keep: Float64Array;
  readonly #other: Uint32Array;

  constructor(shares: ArrayLike<number>) {
    const count = shares.length;
    this.#keep = new Float64Array(count).fill(1);
    this.#other = Uint32Array.from({ length: count }, (_, index) => index);
    const scaled = Float64Array.from(shares, (share) => share * count);
    const small: number[] = [];
    const large: number[] = [];
    scaled.forEach((share, index) => (share < 1 ? small : large).push(index));
    while (small.length > 0 && large.length > 0) {
      const less = small.pop()!;
      const more = large.at(-1)!;
      this.#keep[less] = scaled[less]!;
      this.#other[less] = more;
      scaled[more]! -= 1 - scaled[less]!;
      if (scaled[more]! < 1) small.push(large.pop()!);
    }
  }

  draw(random: Random): number {
    const at = random() * this.#keep.length;
    const index = at | 0;
    return at - index < this.#keep[index]! ? index : this.#other[index]!;
  }
}
