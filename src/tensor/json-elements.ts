/**
 * JSON values as elements of a tensor. Values are never rounded into range: what does not fit is refused. FP16 has no JSON
 * form.
 */
import type { Datatype, TensorView } from './tensor.ts';

/** What a JSON number must be for each data type; the rest has a rule of its own. */
const RANGES: Partial<Record<Datatype, { min: number; max: number; integer: boolean }>> = {
  UINT8: { min: 0, max: 2 ** 8 - 1, integer: true },
  INT8: { min: -(2 ** 7), max: 2 ** 7 - 1, integer: true },
  UINT16: { min: 0, max: 2 ** 16 - 1, integer: true },
  INT16: { min: -(2 ** 15), max: 2 ** 15 - 1, integer: true },
  UINT32: { min: 0, max: 2 ** 32 - 1, integer: true },
  INT32: { min: -(2 ** 31), max: 2 ** 31 - 1, integer: true },
  // The last double below 2^128 - 2^103, from where on rounding to 32 bits gives infinity.
  FP32: { min: -3.4028235677973362e38, max: 3.4028235677973362e38, integer: false },
  // JSON has no infinity, but 1e999 is parsed as one.
  FP64: { min: -Number.MAX_VALUE, max: Number.MAX_VALUE, integer: false },
};
const RANGES_64: Partial<Record<Datatype, { min: bigint; max: bigint }>> = {
  INT64: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  UINT64: { min: 0n, max: 2n ** 64n - 1n },
};
const INTEGER_TEXT = /^-?\d{1,20}$/;

/** Whether JSON can carry elements of the type. */
export const hasJsonForm = (datatype: Datatype): boolean => datatype !== 'FP16';

/** Puts `list` into `view` from `at` on. Returns the index of the first value that does not fit; -1 when all do. Not for BYTES. */
export function putElements(
  view: TensorView,
  at: number,
  list: readonly unknown[],
  datatype: Datatype,
): number {
  const range = RANGES[datatype];
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (range === undefined) {
      const element = special(value, datatype);
      if (element === undefined) return i;
      view[at + i] = element;
    } else if (
      typeof value === 'number' &&
      value >= range.min &&
      value <= range.max &&
      (!range.integer || Number.isInteger(value))
    ) {
      view[at + i] = value;
    } else {
      return i;
    }
  }
  return -1;
}

/** Booleans, and integers of 64 bits: numbers as far as a double is exact, strings or bigints beyond. Undefined: does not fit. */
function special(value: unknown, datatype: Datatype): number | bigint | undefined {
  if (datatype === 'BOOL') return typeof value === 'boolean' ? Number(value) : undefined;
  const range = RANGES_64[datatype];
  const whole =
    typeof value === 'bigint' ||
    Number.isSafeInteger(value) ||
    (typeof value === 'string' && INTEGER_TEXT.test(value));
  if (range === undefined || !whole) return undefined;
  const integer = BigInt(value as bigint | number | string);
  return integer >= range.min && integer <= range.max ? integer : undefined;
}

/** What to tell about a value that does not fit. */
export const misfitOf = (datatype: Datatype): string =>
  `The value does not fit ${datatype}${RANGES_64[datatype] === undefined ? '' : ' (beyond 2^53, send a string)'}.`;
