/**
 * Whether a rewritten model answers as the one that it was made from: both are run with the same made-up rows, bytes of all values
 * among them. Pure: the sessions are functions that are given.
 */
import { elementBytes, type TensorSpec } from '../../src/tensor/tensor.ts';
import type { Output } from '../../src/thread/messages.ts';
import { numbers } from '../independence.ts';
import { pairsOfRows, type Trial } from '../probe.ts';
import type { Signature } from '../signature.ts';
import type { Run } from '../values.ts';

/**
 * Largest difference, relative to the largest number of the output. The floats that the first layer reads are the same bit for bit, and so are
 * the answers of every model that was tried; onnxruntime may add up in another order where other operators are joined.
 */
export const BOUND = 1e-5;

/** Why the rewritten one is not to be used: a sentence without a full stop; undefined: it answers the same. @throws Error of a run */
export async function faultOfRewrite(
  signature: Signature,
  trial: Trial,
  { original, rewritten }: { readonly original: Run; readonly rewritten: Run },
): Promise<string | undefined> {
  const joins = signature.rowAxis.kind === 'any';
  for (const { both, each } of pairsOfRows(signature, trial)) {
    for (const values of joins ? [both, ...each] : each) {
      const [expected, found] = [await original(values), await rewritten(values)];
      for (const [index, spec] of signature.outputs.entries()) {
        const fault = faultOf(spec, expected[index]!, found[index]!);
        if (fault !== undefined) return fault;
      }
    }
  }
  return undefined;
}

function faultOf({ name, datatype }: TensorSpec, expected: Output, found: Output): string | undefined {
  if (expected.shape.join() !== found.shape.join()) return `output ${name} has another shape`;
  if (Buffer.from(expected.data).equals(found.data)) return undefined;
  const difference = datatype.startsWith('FP') ? differenceOf(datatype, expected.data, found.data) : Infinity;
  if (difference <= BOUND) return undefined;
  return `output ${name} differs by ${difference.toPrecision(2)} of its largest number, more than ${BOUND}`;
}

function differenceOf(datatype: TensorSpec['datatype'], expected: Uint8Array, found: Uint8Array): number {
  if (expected.byteLength % elementBytes(datatype) !== 0) return Infinity;
  const [a, b] = [numbers(datatype, expected), numbers(datatype, found)];
  let [largest, difference] = [0, 0];
  for (const [index, value] of a.entries()) {
    const other = b[index]!;
    if (Object.is(value, other)) continue;
    if (!Number.isFinite(value) || !Number.isFinite(other)) return Infinity;
    difference = Math.max(difference, Math.abs(value - other));
  }
  for (const value of a) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return difference / (largest || 1);
}
