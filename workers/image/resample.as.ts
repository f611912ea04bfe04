/**
 * The two passes of Pillow's 8-bit resampling, on RGB, as WebAssembly SIMD. AssemblyScript, not TypeScript:
 * `npm run wasm` makes resample.wasm of it, and a test holds the two together.
 *
 * A weight has 22 fractional bits and comes as k = high * 2^11 + low (see taps.ts), because the only fast
 * multiply-and-add is i32x4.dot_i16x8_s: two 16-bit products summed into 32 bits. The sum of both halves is the
 * sum that Pillow computes in one int, modulo 2^32, so the result is the same bit for bit.
 *
 * It reads up to 5 bytes past the last source pixel and one row past the last intermediate row, always with
 * weight zero, and writes 1 byte past each row of the horizontal pass. resample.ts leaves the room.
 */

const BITS: i32 = 22;
const LOW_BITS: i32 = 11;
const HALF: i32 = 1 << (BITS - 1);

/**
 * Horizontal pass over `rows` rows.
 * @param source   first tap's pixel of the first row: the bounds count from it
 * @param stride   bytes from one source row to the next
 * @param target   first row to write, `targetStride` bytes (at least 3 * columns) apart
 * @param bounds   per column: first pixel, pairs of taps
 * @param weights  per column: `pairs` times (high, high, low, low)
 */
export function horizontal(
  source: usize,
  stride: usize,
  rows: i32,
  target: usize,
  targetStride: usize,
  columns: i32,
  bounds: usize,
  weights: usize,
  pairs: i32,
): void {
  const zero = i32x4.splat(0);
  const half = i32x4.splat(HALF);
  const weightStride = (<usize>pairs) << 3;
  for (let y = 0; y < rows; y++) {
    let out = target;
    let bound = bounds;
    let columnWeights = weights;
    for (let x = 0; x < columns; x++) {
      let pixel = source + <usize>load<i32>(bound) * 3;
      let weight = columnWeights;
      let high = zero;
      let low = half;
      for (let left = load<i32>(bound, 4); left > 0; left--) {
        // r0 r1 g0 g1 b0 b1 as 16-bit lanes; lane 16 of the shuffle is a zero byte.
        // prettier-ignore
        const pair = i8x16.shuffle(
          v128.load64_zero(pixel), zero,
          0, 16, 3, 16, 1, 16, 4, 16, 2, 16, 5, 16, 16, 16, 16, 16,
        );
        high = i32x4.add(high, i32x4.dot_i16x8_s(pair, v128.load32_splat(weight)));
        low = i32x4.add(low, i32x4.dot_i16x8_s(pair, v128.load32_splat(weight, 4)));
        pixel += 6;
        weight += 8;
      }
      const sum = join(high, low);
      const words = i16x8.narrow_i32x4_s(sum, sum);
      // Four bytes for three: the next column, or the next row, writes over the fourth.
      v128.store32_lane(out, i8x16.narrow_i16x8_u(words, words), 0);
      out += 3;
      bound += 8;
      columnWeights += weightStride;
    }
    source += stride;
    target += targetStride;
  }
}

/**
 * Vertical pass: `rows` rows of `bytes` bytes each, written without gaps.
 * @param source  first intermediate row that the bounds count from; `stride` is a multiple of 16
 * @param spare   16 bytes of scratch
 */
export function vertical(
  source: usize,
  stride: usize,
  bytes: usize,
  rows: i32,
  target: usize,
  bounds: usize,
  weights: usize,
  pairs: i32,
  spare: usize,
): void {
  const whole = bytes & ~15;
  const weightStride = (<usize>pairs) << 3;
  for (let y = 0; y < rows; y++) {
    const top = source + <usize>load<i32>(bounds) * stride;
    const count = load<i32>(bounds, 4);
    for (let x: usize = 0; x < whole; x += 16) {
      v128.store(target + x, column16(top + x, stride, count, weights));
    }
    if (whole != bytes) {
      // What follows the row may be the next image's: it must not be written over.
      v128.store(spare, column16(top + whole, stride, count, weights));
      memory.copy(target + whole, spare, bytes - whole);
    }
    target += bytes;
    bounds += 8;
    weights += weightStride;
  }
}

/** Sixteen neighbouring bytes of one output row. */
function column16(source: usize, stride: usize, count: i32, weight: usize): v128 {
  const zero = i32x4.splat(0);
  const half = i32x4.splat(HALF);
  let high0 = zero;
  let high1 = zero;
  let high2 = zero;
  let high3 = zero;
  let low0 = half;
  let low1 = half;
  let low2 = half;
  let low3 = half;
  for (let left = count; left > 0; left--) {
    const upper = v128.load(source);
    const lower = v128.load(source + stride);
    const first = i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const second = i8x16.shuffle(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const pair0 = i16x8.extend_low_i8x16_u(first);
    const pair1 = i16x8.extend_high_i8x16_u(first);
    const pair2 = i16x8.extend_low_i8x16_u(second);
    const pair3 = i16x8.extend_high_i8x16_u(second);
    const highs = v128.load32_splat(weight);
    const lows = v128.load32_splat(weight, 4);
    high0 = i32x4.add(high0, i32x4.dot_i16x8_s(pair0, highs));
    high1 = i32x4.add(high1, i32x4.dot_i16x8_s(pair1, highs));
    high2 = i32x4.add(high2, i32x4.dot_i16x8_s(pair2, highs));
    high3 = i32x4.add(high3, i32x4.dot_i16x8_s(pair3, highs));
    low0 = i32x4.add(low0, i32x4.dot_i16x8_s(pair0, lows));
    low1 = i32x4.add(low1, i32x4.dot_i16x8_s(pair1, lows));
    low2 = i32x4.add(low2, i32x4.dot_i16x8_s(pair2, lows));
    low3 = i32x4.add(low3, i32x4.dot_i16x8_s(pair3, lows));
    source += stride << 1;
    weight += 8;
  }
  return i8x16.narrow_i16x8_u(
    i16x8.narrow_i32x4_s(join(high0, low0), join(high1, low1)),
    i16x8.narrow_i32x4_s(join(high2, low2), join(high3, low3)),
  );
}

/** (high * 2^11 + low) / 2^22, rounded: the half is in `low` from the start. */
function join(high: v128, low: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.shl(high, LOW_BITS), low), BITS);
}
