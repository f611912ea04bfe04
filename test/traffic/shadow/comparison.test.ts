import t from 'tap';
import { compare } from '../../../src/traffic/shadow/comparison.ts';
import type { TensorSpec } from '../../../src/tensor/tensor.ts';

const scores = (classes: number[], probabilities: number[]) =>
  ({ kind: 'classes', classes, probabilities }) as const;
const rows = (...values: number[]) =>
  ({ kind: 'outputs', outputs: [Float32Array.from(values).buffer] }) as const;
const spec = (...shape: number[]): TensorSpec => ({ name: 'y', datatype: 'FP32', shape });

t.test('classes agree when the most probable one is the same', async (t) => {
  const same = compare(scores([3, 1], [0.75, 0.25]), scores([3, 1], [0.5, 0.5]), undefined);
  t.strictSame(same, { agrees: true, difference: 0.25 });
  t.match(compare(scores([3], [0.5]), scores([1], [0.5]), undefined), { agrees: false });
});

t.test('a class that one of them left out differs by what is certain', async (t) => {
  const compared = compare(scores([3, 1], [0.9, 0.1]), scores([3, 2], [0.6, 0.4]), undefined);
  t.strictSame(compared?.agrees, true);
  t.ok(Math.abs(compared!.difference - 0.3) < 1e-9);
});

t.test('rows agree when the largest element of each has the same place', async (t) => {
  t.strictSame(compare(rows(1, 2, 4, 3), rows(0, 3, 6, 3), spec(2)), { agrees: true, difference: 2 });
  t.match(compare(rows(1, 2, 4, 3), rows(1, 2, 3, 4), spec(2)), { agrees: false, difference: 1 });
});

t.test('a row of one number agrees when it is the same', async (t) => {
  t.strictSame(compare(rows(1, 2), rows(1, 2), spec(1)), { agrees: true, difference: 0 });
  t.strictSame(compare(rows(1, 2), rows(1, 3), spec(1)), { agrees: false, difference: 1 });
});

t.test('what cannot be compared is no comparison', async (t) => {
  t.equal(compare(scores([1], [1]), rows(1), spec(1)), undefined);
  t.equal(compare(rows(1), rows(1, 2), spec(1)), undefined);
  t.equal(compare(rows(1), rows(1), undefined), undefined);
});
