/**
 * The passes of Pillow's 8-bit resampling, on RGB, as WebAssembly SIMD. AssemblyScript, not TypeScript:
 * `make wasm` makes resample.wasm of it, and a test checks that the two agree.
 *
 * A weight has 22 fractional bits and comes as k = high * 2^11 + low (see taps.ts), because the only fast
 * multiply-and-add is i32x4.dot_i16x8_s: two 16-bit products summed into 32 bits. The sum of both halves is the
 * sum that Pillow computes in one int, modulo 2^32, so the result is the same bit for bit.
 *
 * The horizontal pass writes its rows as pairs of 16 bits, (upper, lower), which is how the vertical pass
 * multiplies them. It takes four rows at a time: up to three past the last, and 5 bytes past the last pixel of those. It writes
 * as many rows of pairs, and 4 bytes past each. The vertical passes read up to 64 bytes past the last row, or one
 * row past it, always with weight zero. resample.ts leaves the room.
 */

const BITS: i32 = 22;
const LOW_BITS: i32 = 11;
const HALF: i32 = 1 << (BITS - 1);

/**
 * Constant vectors in memory. The engine would make one in the code anew at every use, by three instructions that
 * compete with the shuffles; loaded once, they stay in registers (docs/performance/tried-image.md).
 */
// prettier-ignore
const PAIR_ORDER = memory.data<u8>([0, 255, 3, 255, 1, 255, 4, 255, 2, 255, 5, 255, 255, 255, 255, 255], 16);
// prettier-ignore
const STORE_ORDER = memory.data<u8>([0, 255, 4, 255, 1, 255, 5, 255, 2, 255, 6, 255, 255, 255, 255, 255], 16);
const HALVES = memory.data<i32>([HALF, HALF, HALF, HALF], 16);

/** Bytes of 16 pixels, 48, as one channel: of each third of them the bytes that belong to it, 255 elsewhere. */
// prettier-ignore
const RED_0 = memory.data<u8>([0, 3, 6, 9, 12, 15, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], 16);
// prettier-ignore
const RED_1 = memory.data<u8>([255, 255, 255, 255, 255, 255, 2, 5, 8, 11, 14, 255, 255, 255, 255, 255], 16);
// prettier-ignore
const RED_2 = memory.data<u8>([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 4, 7, 10, 13], 16);
// prettier-ignore
const GREEN_0 = memory.data<u8>([1, 4, 7, 10, 13, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], 16);
// prettier-ignore
const GREEN_1 = memory.data<u8>([255, 255, 255, 255, 255, 0, 3, 6, 9, 12, 15, 255, 255, 255, 255, 255], 16);
// prettier-ignore
const GREEN_2 = memory.data<u8>([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2, 5, 8, 11, 14], 16);
// prettier-ignore
const BLUE_0 = memory.data<u8>([2, 5, 8, 11, 14, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], 16);
// prettier-ignore
const BLUE_1 = memory.data<u8>([255, 255, 255, 255, 255, 1, 4, 7, 10, 13, 255, 255, 255, 255, 255, 255], 16);
// prettier-ignore
const BLUE_2 = memory.data<u8>([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 3, 6, 9, 12, 15], 16);

/** Source rows of one turn, a multiple of four: what they take up stays in the first-level cache while all columns pass over it. */
const BLOCK_ROWS: i32 = 8;

/**
 * Horizontal pass over `rows` rows, rounded up to four: bytes after the last row are scaled like the others.
 * @param source   first tap's pixel of the first row: the bounds count from it
 * @param stride   bytes from one source row to the next
 * @param target   first row of pairs, `targetStride` bytes (at least 12 * columns + 4) apart
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
  const weightStride = (<usize>pairs) << 3;
  const pairOrder = v128.load(PAIR_ORDER);
  const storeOrder = v128.load(STORE_ORDER);
  const half = v128.load(HALVES);
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const blockRows = min(BLOCK_ROWS, rows - row);
    let out = target;
    let bound = bounds;
    let weight = weights;
    for (let x = 0; x < columns; x++) {
      // All rows of the block before the next column: the number of taps changes from column to column, and
      // each change is a branch mispredicted.
      const pixel = source + <usize>load<i32>(bound) * 3;
      const count = load<i32>(bound, 4);
      column(pixel, stride, blockRows, out, targetStride, weight, count, pairOrder, storeOrder, half);
      out += 12;
      bound += 8;
      weight += weightStride;
    }
    source += stride * BLOCK_ROWS;
    target += targetStride * (BLOCK_ROWS >> 1);
  }
}

/** One column of one block, four rows at a time: each weight is loaded once for all of them. */
function column(
  source: usize,
  stride: usize,
  rows: i32,
  target: usize,
  targetStride: usize,
  weights: usize,
  count: i32,
  pairOrder: v128,
  storeOrder: v128,
  half: v128,
): void {
  for (; rows > 0; rows -= 4) {
    let pixel = source;
    let weight = weights;
    let high0 = i32x4.splat(0);
    let high1 = high0;
    let high2 = high0;
    let high3 = high0;
    let low0 = half;
    let low1 = half;
    let low2 = half;
    let low3 = half;
    for (let left = count; left > 0; left--) {
      const highs = v128.load32_splat(weight);
      const lows = v128.load32_splat(weight, 4);
      const pair0 = pairAt(pixel, pairOrder);
      const pair1 = pairAt(pixel + stride, pairOrder);
      const pair2 = pairAt(pixel + (stride << 1), pairOrder);
      const pair3 = pairAt(pixel + stride * 3, pairOrder);
      high0 = i32x4.add(high0, i32x4.dot_i16x8_s(pair0, highs));
      low0 = i32x4.add(low0, i32x4.dot_i16x8_s(pair0, lows));
      high1 = i32x4.add(high1, i32x4.dot_i16x8_s(pair1, highs));
      low1 = i32x4.add(low1, i32x4.dot_i16x8_s(pair1, lows));
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(pair2, highs));
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(pair2, lows));
      high3 = i32x4.add(high3, i32x4.dot_i16x8_s(pair3, highs));
      low3 = i32x4.add(low3, i32x4.dot_i16x8_s(pair3, lows));
      pixel += 6;
      weight += 8;
    }
    storePair(target, join(high0, low0), join(high1, low1), storeOrder);
    storePair(target + targetStride, join(high2, low2), join(high3, low3), storeOrder);
    source += stride << 2;
    target += targetStride << 1;
  }
}

/** Two neighbouring pixels as 16-bit lanes: r0 r1 g0 g1 b0 b1. */
function pairAt(pixel: usize, pairOrder: v128): v128 {
  // Relaxed means: without a guard for 16 to 127; from 128 on every machine gives zero. A shuffle with a
  // vector of zeros would be three instructions.
  return i8x16.relaxed_swizzle(v128.load64_zero(pixel), pairOrder);
}

/** Clamps two pixels to 8 bits and stores them as 16-bit pairs; four bytes more, which the next column writes over. */
function storePair(target: usize, upper: v128, lower: v128, storeOrder: v128): void {
  const words = i16x8.narrow_i32x4_s(upper, lower);
  v128.store(target, i8x16.relaxed_swizzle(i8x16.narrow_i16x8_u(words, words), storeOrder));
}

/**
 * Vertical pass over rows of pairs: `rows` rows of `bytes` bytes each, written without gaps.
 * @param source  first row of pairs; the bounds count single rows from its upper one, and are even
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
  pass<i16>(source, stride, bytes, rows, target, bounds, weights, pairs, spare);
}

/** The same over rows of bytes as they come from a decoder, where this pass is the first. */
export function verticalFirst(
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
  pass<u8>(source, stride, bytes, rows, target, bounds, weights, pairs, spare);
}

function pass<T>(
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
    const from = load<i32>(bounds);
    const top = source + <usize>(sizeof<T>() == 1 ? from : from >> 1) * stride;
    const count = load<i32>(bounds, 4);
    for (let x: usize = 0; x < whole; x += 16) {
      v128.store(target + x, column16<T>(top, x, stride, count, weights));
    }
    if (whole != bytes) {
      // What follows the row may be the next image's: it must not be written over.
      v128.store(spare, column16<T>(top, whole, stride, count, weights));
      memory.copy(target + whole, spare, bytes - whole);
    }
    target += bytes;
    bounds += 8;
    weights += weightStride;
  }
}

/** Sixteen neighbouring bytes of one output row, from the `x`th byte on. */
function column16<T>(top: usize, x: usize, stride: usize, count: i32, weight: usize): v128 {
  let source = sizeof<T>() == 1 ? top + x : top + (x << 2);
  let high0 = i32x4.splat(0);
  let high1 = high0;
  let high2 = high0;
  let high3 = high0;
  let low0 = v128.load(HALVES);
  let low1 = low0;
  let low2 = low0;
  let low3 = low0;
  let pair0: v128, pair1: v128, pair2: v128, pair3: v128;
  for (let left = count; left > 0; left--) {
    if (sizeof<T>() == 1) {
      const upper = v128.load(source);
      const lower = v128.load(source + stride);
      const near = i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const far = i8x16.shuffle(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      pair0 = i16x8.extend_low_i8x16_u(near);
      pair1 = i16x8.extend_high_i8x16_u(near);
      pair2 = i16x8.extend_low_i8x16_u(far);
      pair3 = i16x8.extend_high_i8x16_u(far);
      source += stride << 1;
    } else {
      pair0 = v128.load(source);
      pair1 = v128.load(source, 16);
      pair2 = v128.load(source, 32);
      pair3 = v128.load(source, 48);
      source += stride;
    }
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

/**
 * RGB bytes to planes of floats: (byte x first - minus) x last, or with quotients in place of both products. Each step is rounded to
 * single precision, as numpy and onnxruntime do it.
 * @param target     three planes of `pixels` floats, without gaps
 * @param constants  nine floats: first, minus and last of red, then of green, then of blue
 */
export function planes(source: usize, pixels: i32, target: usize, constants: usize, divides: bool): void {
  const plane = (<usize>pixels) << 2;
  if (divides) {
    channel<i32>(source, pixels, target, constants, RED_0, RED_1, RED_2, 0);
    channel<i32>(source, pixels, target + plane, constants + 12, GREEN_0, GREEN_1, GREEN_2, 1);
    channel<i32>(source, pixels, target + plane * 2, constants + 24, BLUE_0, BLUE_1, BLUE_2, 2);
  } else {
    channel<f32>(source, pixels, target, constants, RED_0, RED_1, RED_2, 0);
    channel<f32>(source, pixels, target + plane, constants + 12, GREEN_0, GREEN_1, GREEN_2, 1);
    channel<f32>(source, pixels, target + plane * 2, constants + 24, BLUE_0, BLUE_1, BLUE_2, 2);
  }
}

/** `T`: f32 for products, i32 for quotients. */
function channel<T>(
  source: usize,
  pixels: i32,
  target: usize,
  constants: usize,
  first16: usize,
  next16: usize,
  last16: usize,
  index: usize,
): void {
  const first = v128.load32_splat(constants);
  const minus = v128.load32_splat(constants, 4);
  const last = v128.load32_splat(constants, 8);
  const order0 = v128.load(first16);
  const order1 = v128.load(next16);
  const order2 = v128.load(last16);
  let left = pixels;
  for (; left >= 16; left -= 16) {
    const bytes = v128.or(
      v128.or(
        i8x16.relaxed_swizzle(v128.load(source), order0),
        i8x16.relaxed_swizzle(v128.load(source, 16), order1),
      ),
      i8x16.relaxed_swizzle(v128.load(source, 32), order2),
    );
    const low = i16x8.extend_low_i8x16_u(bytes);
    const high = i16x8.extend_high_i8x16_u(bytes);
    v128.store(target, scaled<T>(i32x4.extend_low_i16x8_u(low), first, minus, last));
    v128.store(target, scaled<T>(i32x4.extend_high_i16x8_u(low), first, minus, last), 16);
    v128.store(target, scaled<T>(i32x4.extend_low_i16x8_u(high), first, minus, last), 32);
    v128.store(target, scaled<T>(i32x4.extend_high_i16x8_u(high), first, minus, last), 48);
    source += 48;
    target += 64;
  }
  for (; left > 0; left--) {
    const value = scaled<T>(i32x4.splat(load<u8>(source + index)), first, minus, last);
    v128.store32_lane(target, value, 0);
    source += 3;
    target += 4;
  }
}

function scaled<T>(values: v128, first: v128, minus: v128, last: v128): v128 {
  const floats = f32x4.convert_i32x4_s(values);
  return isFloat<T>()
    ? f32x4.mul(f32x4.sub(f32x4.mul(floats, first), minus), last)
    : f32x4.div(f32x4.sub(f32x4.div(floats, first), minus), last);
}
