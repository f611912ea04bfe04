/**
 * Detection by feature squeezing (Xu, Evans and Qi, 2018): an image that was made to fool the model tends to get other
 * probabilities when what cannot be seen is removed from it.
 */
import { elementsIn } from '../../src/tensor/tensor.ts';
import type { Preprocess } from '../../src/thread/load.ts';
import type { Output } from '../../src/thread/messages.ts';
import type { Instance } from '../instances.ts';

const BARE = new WeakMap<Preprocess, Preprocess>();

/** The same without sanitising; one object for each, as the image stage keeps its tables by it. */
export function bareOf(preprocess: Preprocess): Preprocess {
  let bare = BARE.get(preprocess);
  if (bare === undefined) {
    const { sanitise: _, ...rest } = preprocess;
    BARE.set(preprocess, (bare = rest));
  }
  return bare;
}

/** The sum of the changes of all probabilities between two outputs, for each row. From 0 to 2. */
export function distances(
  { report }: Instance['session'],
  one: Output,
  other: Output,
  rows: number,
  softmax: boolean,
): readonly number[] {
  const { datatype } = report.outputs[0]!;
  const [first, second] = [one, other].map(({ data }) => elementsIn(datatype, data) as Float32Array);
  const count = first!.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    const [a, b] = [first!, second!].map((scores) =>
      probabilitiesOf(scores.subarray(row * count, (row + 1) * count), softmax),
    );
    return a!.reduce((sum, value, index) => sum + Math.abs(value - b![index]!), 0);
  });
}

function probabilitiesOf(scores: Float32Array, softmax: boolean): Float64Array {
  const all = Float64Array.from(scores);
  if (!softmax) return all;
  const most = all.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = all.map((score) => Math.exp(score - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
