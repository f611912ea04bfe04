/**
 * The classification extension: instead of an output, its largest elements as texts `value:index` or `value:index:label`,
 * largest first, equal ones in the order of their indexes.
 */
import { ServingError } from '../../../../errors.ts';
import { bytesOfTexts } from '../../../../tensor/strings.ts';
import { elementsIn, elementsOf, type Tensor } from '../../../../tensor/tensor.ts';
import { topClasses } from '../../../../tensor/top-classes.ts';

/** Most elements that are ranked: more would block the thread for about 100 ms. */
const MAX_ELEMENTS = 250_000;
/** Triton's: those of C's printf("%f"). */
const DECIMALS = 6;
/** From here on toFixed() writes an exponent. */
const EXPONENT_FROM = 1e21;

/**
 * BYTES of shape [k], or [rows, k] with `byRow`: where the first axis is the batch. `k` is at most the number of elements.
 * @throws ServingError NOT_FINITE when an element is NaN, BAD_FIELD when there are too many
 */
export function classified(
  output: Tensor,
  wanted: number,
  byRow: boolean,
  labels: readonly string[] | undefined,
): Tensor {
  const { name, datatype, shape, data } = output;
  const elements = elementsOf(shape);
  if (elements > MAX_ELEMENTS) {
    const message = `The output ${name} has ${elements} elements; ${MAX_ELEMENTS} at most can be classified.`;
    throw new ServingError('BAD_FIELD', message, { pointer: '/outputs' });
  }
  const scores = elementsIn(datatype, data);
  const rows = byRow ? shape[0]! : 1;
  const count = byRow ? elementsOf(shape.slice(1)) : elements;
  const k = Math.min(wanted, count);
  const numbers = Float64Array.from(scores as ArrayLike<number>, Number);
  if (numbers.some(Number.isNaN)) {
    const message = `The output ${name} has NaN, which has no rank: ask for it without classification, in binary.`;
    throw new ServingError('NOT_FINITE', message);
  }
  const decimals = scores instanceof Float32Array || scores instanceof Float64Array ? DECIMALS : 0;
  const texts: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (const index of topClasses(numbers, row * count, count, k, false).classes) {
      const label = labels?.[index];
      const value = textOf(scores[row * count + index]!, decimals);
      texts.push(label === undefined ? `${value}:${index}` : `${value}:${index}:${label}`);
    }
  }
  return { name, datatype: 'BYTES', shape: byRow ? [rows, k] : [k], data: bytesOfTexts(texts) };
}

function textOf(value: number | bigint, decimals: number): string {
  if (decimals === 0) return String(value);
  const number = Number(value);
  if (Math.abs(number) < EXPONENT_FROM) return number.toFixed(decimals);
  if (!Number.isFinite(number)) return number > 0 ? 'inf' : '-inf';
  return `${BigInt(number)}.${'0'.repeat(decimals)}`;
}
