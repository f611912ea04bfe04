import t from 'tap';
import { compare } from '../../../src/traffic/shadow/comparison.ts';
import type { TensorSpec } from '../../../src/tensor/tensor.ts';

const scores = (classes: number[], probabilities: number[]) =>
  ({ kind: 'classes', classes, probabilities }) as const;
/** An output of that many classes. */
const rows = (classes: number, ...values: number[]) =>
  ({
    kind: 'outputs',
    outputs: [{ shape: [values.length / classes, classes], data: bytesOf(Float32Array.from(values)) }],
  }) as const;
const labels = (...values: number[]) =>
  ({
    kind: 'outputs',
    outputs: [{ shape: [values.length], data: bytesOf(BigInt64Array.from(values.map(BigInt))) }],
  }) as const;
const bytesOf = ({ buffer }: ArrayBufferView<ArrayBuffer>) => new Uint8Array(buffer);
const FP32: TensorSpec = { name: 'y', datatype: 'FP32', shape: [-1, 2] };

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
  t.strictSame(compare(rows(2, 1, 2, 4, 3), rows(2, 0, 3, 6, 3), FP32), { agrees: true, difference: 2 });
  t.match(compare(rows(2, 1, 2, 4, 3), rows(2, 1, 2, 3, 4), FP32), { agrees: false, difference: 1 });
});

t.test('numbers agree when they are close, and labels when they are the same', async (t) => {
  t.match(compare(rows(1, 1000, 2), rows(1, 1000.5, 2), FP32), { agrees: true, difference: 0.5 });
  t.match(compare(rows(1, 1, 2), rows(1, 1, 3), FP32), { agrees: false });
  t.match(compare(rows(1, NaN), rows(1, 1), FP32), { agrees: false, difference: 0 });
  const int64 = { ...FP32, datatype: 'INT64' } as const;
  t.match(compare(labels(4000), labels(4000), int64), { agrees: true });
  t.match(compare(labels(4000), labels(4001), int64), { agrees: false, difference: 1 });
});

t.test('what cannot be compared is no comparison', async (t) => {
  t.equal(compare(scores([1], [1]), rows(1, 1), FP32), undefined);
  t.equal(compare(rows(1, 1), rows(1, 1, 2), FP32), undefined);
  t.equal(compare(rows(1, 1), rows(1, 1), undefined), undefined);
});
