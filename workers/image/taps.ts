/**
 * Resampling coefficients: for each output pixel of one axis, which source pixels it takes and with what
 * weights. The numbers are Pillow's to the last bit (src/libImaging/Resample.c, precompute_coeffs and
 * normalize_coeffs_8bpc): doubles, normalised, then fixed point with 22 fractional bits. Only the layout is our
 * own. Pure.
 */

export type Filter = 'bicubic' | 'bilinear';

/**
 * One axis, ready for the SIMD passes of resample.as.ts. A weight k of up to 26 bits does not fit the 16-bit dot
 * product, so it is stored as k = high * 2^11 + low, and the taps are taken in pairs.
 */
export interface Taps {
  /** First source pixel that any output takes, and one past the last. */
  readonly first: number;
  readonly end: number;
  /** Pairs stored for each output; those past its own count have zero weights and are not read. */
  readonly pairs: number;
  /** Per output: first source pixel relative to `first`, number of pairs. */
  readonly bounds: Int32Array;
  /** Per output and pair: high, high, low, low. */
  readonly weights: Int16Array;
}

/** Pillow's PRECISION_BITS: 32 less 8 bits of pixel less 2 for overshoot. */
const FRACTION_BITS = 22;
const LOW_BITS = 11;

/** Half-width in source pixels at scale 1. */
const SUPPORT: Readonly<Record<Filter, number>> = { bicubic: 2, bilinear: 1 };

/**
 * Taps for outputs `offset` to `offset + count` of an axis of `source` pixels scaled to `target`.
 * `target` may be larger than any image could be: outputs are only ever computed inside the crop.
 * With `even`, every output begins at an even distance from the first pixel, by a tap of weight zero where it
 * must: for a pass that finds its source stored in pairs.
 */
export function tapsOf(
  filter: Filter,
  source: number,
  target: number,
  offset: number,
  count: number,
  even = false,
): Taps {
  const weigh = filter === 'bicubic' ? bicubic : bilinear;
  const scale = source / target;
  const stretch = Math.max(scale, 1);
  const support = SUPPORT[filter] * stretch;
  const pairs = Math.ceil(support) + 1; // Pillow keeps 2 * ceil(support) + 1 taps, and one may come before
  const bounds = new Int32Array(2 * count);
  const weights = new Int16Array(4 * pairs * count);
  const raw = new Float64Array(2 * pairs);
  const firstOf = (output: number): number => Math.max(0, Math.trunc((output + 0.5) * scale - support + 0.5));
  const first = firstOf(offset); // never decreases with the output
  let end = 0;

  for (let i = 0; i < count; i++) {
    const centre = (offset + i + 0.5) * scale;
    const from = firstOf(offset + i);
    end = Math.min(source, Math.trunc(centre + support + 0.5));
    const taps = end - from;
    const before = even ? (from - first) & 1 : 0;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      const weight = weigh((tap + from - centre + 0.5) * (1 / stretch));
      raw[tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < taps; tap++) {
      const fixed = toFixed(sum === 0 ? (raw[tap] ?? 0) : (raw[tap] ?? 0) / sum);
      const place = before + tap;
      const at = 4 * (pairs * i + (place >> 1)) + (place & 1);
      weights[at] = fixed >> LOW_BITS;
      weights[at + 2] = fixed & ((1 << LOW_BITS) - 1);
    }
    bounds[2 * i] = from - first - before;
    bounds[2 * i + 1] = (before + taps + 1) >> 1;
  }
  return { first, end, pairs, bounds, weights };
}

/** The source pixels that `count` neighbouring outputs take, relative to `first`. */
export function spanOf(taps: Taps, output: number, count: number): { from: number; to: number } {
  const last = 2 * (output + count - 1);
  const to = (taps.bounds[last] ?? 0) + 2 * (taps.bounds[last + 1] ?? 0);
  return { from: taps.bounds[2 * output] ?? 0, to: Math.min(to, taps.end - taps.first) };
}

/** The longest of these spans when all outputs are cut into groups of `count`. */
export function longestSpan(taps: Taps, count: number): number {
  const outputs = taps.bounds.length / 2;
  let longest = 0;
  for (let output = 0; output < outputs; output += count) {
    const { from, to } = spanOf(taps, output, Math.min(count, outputs - output));
    longest = Math.max(longest, to - from);
  }
  return longest;
}

/** Rounds away from zero at the half, as the C code does by truncation. */
function toFixed(weight: number): number {
  const scaled = weight * (1 << FRACTION_BITS);
  return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

/** Keys' cubic with a = -0.5, in Pillow's order of operations. */
function bicubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((-0.5 + 2) * x - (-0.5 + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0;
}

function bilinear(distance: number): number {
  const x = Math.abs(distance);
  return x < 1 ? 1 - x : 0;
}
