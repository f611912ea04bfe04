/** Numbers of 16 bits (FP16) to and from doubles. (Float16Array is newer than the oldest Node.js that is supported.) Pure. */

const SMALLEST_EXPONENT = -14;
const FRACTION = 1024;
/** From here on the nearest number would be infinity. */
const BEYOND = 65_520;

/** The value of the bits. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * (fraction / FRACTION) * 2 ** SMALLEST_EXPONENT;
  return sign * (1 + fraction / FRACTION) * 2 ** (exponent - 15);
}

/** The bits of the nearest number, ties to even; undefined for a number beyond the largest. */
export function toHalf(value: number): number | undefined {
  const size = Math.abs(value);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const exponent = Math.max(SMALLEST_EXPONENT, Math.floor(Math.log2(size)));
  const steps = evenRound((size / 2 ** exponent) * FRACTION);
  // A number without its leading 1 is below the smallest exponent; one that was rounded up to 2 has the next exponent.
  const bits = ((exponent - SMALLEST_EXPONENT) << 10) + steps;
  return size >= BEYOND || Number.isNaN(value) ? undefined : sign | bits;
}

function evenRound(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}
