/**
 * Whether rows may be run together: a row alone must give what it gives in a batch. A normalisation over the batch, a
 * recurrent net whose first axis is time, or dynamic quantisation makes the answer of one client depend on the rows of
 * another, and nothing in the file says so.
 */
import {
  elementBytes,
  elementsIn,
  elementsOf,
  type Datatype,
  type TensorSpec,
} from '../src/tensor/tensor.ts';
import type { Joins } from '../src/thread/load.ts';
import type { Output } from '../src/thread/messages.ts';
import type { TwoRows } from './probe.ts';
import type { Run } from './values.ts';

/** Rounding differs with the size of a batch. Relative to the largest number of the row in that output. */
const TOLERANCES: Partial<Record<Datatype, number>> = { FP16: 1e-2, FP32: 1e-3, FP64: 1e-6 };

/**
 * Compares rows in a batch with each of them alone. Pairs after the first that the model does not run with say nothing.
 * @throws Error when the first does not run
 */
export async function findJoins(
  pairs: readonly TwoRows[],
  outputs: readonly TensorSpec[],
  run: Run,
): Promise<Joins> {
  for (const [index, pair] of pairs.entries()) {
    const fault = await faultOfPair(pair, outputs, run).catch((error: unknown) => {
      if (index === 0) throw error;
    });
    if (fault !== undefined) return { rows: false, reason: fault };
  }
  return { rows: true };
}

async function faultOfPair(
  { both, each }: TwoRows,
  outputs: readonly TensorSpec[],
  run: Run,
): Promise<string | undefined> {
  const together = await run(both);
  for (const [row, values] of each.entries()) {
    const alone = await run(values);
    for (const [index, spec] of outputs.entries()) {
      const fault = faultOf(spec, together[index]!, alone[index]!, row);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function faultOf(
  { name, datatype }: TensorSpec,
  both: Output,
  alone: Output,
  row: number,
): string | undefined {
  const [rows, ...rest] = both.shape;
  const [one, ...same] = alone.shape;
  if (rows !== 2 || one !== 1 || rest.join() !== same.join()) {
    return `output ${name} has the shape [${both.shape.join()}] for two rows and [${alone.shape.join()}] for one`;
  }
  const differs =
    datatype === 'BYTES'
      ? !Buffer.from(both.data).includes(Buffer.from(alone.data))
      : differ(datatype, both.data, alone.data, row * elementsOf(rest));
  return differs ? `a row gives another ${name} in a batch than alone` : undefined;
}

function differ(datatype: Datatype, both: Uint8Array, alone: Uint8Array, from: number): boolean {
  const count = alone.byteLength / elementBytes(datatype);
  const a = numbers(datatype, both).subarray(from, from + count);
  const b = numbers(datatype, alone);
  let largest = 0;
  for (const values of [a, b])
    for (const value of values) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  const allowed = (TOLERANCES[datatype] ?? 0) * largest;
  return b.some((value, index) => !Object.is(value, a[index]) && !(Math.abs(value - a[index]!) <= allowed));
}

/** The elements as doubles. */
export function numbers(datatype: Datatype, data: Uint8Array): Float64Array {
  return Float64Array.from(elementsIn(datatype, data) as Float32Array, datatype === 'FP16' ? halfOf : Number);
}

/** The value of the bits of an FP16. */
function halfOf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Infinity
          : NaN
        : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits >> 15 === 0 ? size : -size;
}
