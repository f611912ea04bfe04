import t from 'tap';
import { differenceFrom } from '../../../src/repository/golden/difference.ts';
import { tensorOf } from '../../../src/repository/golden/tensor-json.ts';
import type { Datatype } from '../../../src/tensor/tensor.ts';

const TOLERANCE = { absolute: 0.1, relative: 0.01 };

const tensor = (datatype: Datatype, data: readonly unknown[], shape = [data.length]) =>
  tensorOf({ name: 'y', datatype, shape, data: [...data] }, '#');

/** What is told when the answer is `actual` and `expected` is known. */
function told(expected: ReturnType<typeof tensor>, actual: ReturnType<typeof tensor>, name = 'y') {
  const result = {
    kind: 'outputs',
    outputs: [actual as typeof actual & { data: Uint8Array<ArrayBuffer> }],
  } as const;
  const answer = { kind: 'outputs', outputs: [expected] } as const;
  return differenceFrom({ answer, tolerance: TOLERANCE }, result, [{ name, datatype: actual.datatype }]);
}

t.test('floats may differ by the tolerance, and no more', async (t) => {
  t.equal(told(tensor('FP64', [100]), tensor('FP64', [101.09])), undefined);
  t.equal(told(tensor('FP64', [-100]), tensor('FP64', [-98.91])), undefined);
  t.equal(told(tensor('FP64', [100]), tensor('FP64', [101.11])), 'output y[0] is 101.11, not 100 (± 1.1)');
});

t.test('the place of the first difference is told along the axes, with their number', async (t) => {
  const expected = tensor('FP32', [1, 2, 3, 4, 5, 6], [1, 2, 3]);
  const actual = tensor('FP32', [1, 2, 3, 4, 6, 9], [1, 2, 3]);
  t.equal(told(expected, actual), 'output y[0, 1, 1] is 6, not 5 (± 0.15); 2 of 6 elements differ');
});

t.test('integers, booleans and texts have to be equal', async (t) => {
  t.match(told(tensor('INT32', [5000]), tensor('INT32', [5001])), 'is 5001, not 5000 (exactly)');
  t.match(told(tensor('INT64', [5]), tensor('INT64', [6])), 'is 6, not 5 (exactly)');
  t.match(told(tensor('BYTES', ['a']), tensor('BYTES', ['b'])), 'is "b", not "a" (exactly)');
  t.equal(told(tensor('BOOL', [true]), tensor('BOOL', [true])), undefined);
});

t.test('NaN is never within the tolerance', async (t) => {
  const nan = { ...tensor('FP32', [0]), data: new Uint8Array(Float32Array.of(NaN).buffer) };
  t.match(told(tensor('FP32', [0]), nan), 'y[0] is NaN, not 0');
});

t.test('numbers of 16 bits are compared as numbers', async (t) => {
  t.equal(told(tensor('FP16', [1]), tensor('FP16', [1.05])), undefined);
  t.match(told(tensor('FP16', [1]), tensor('FP16', [2])), 'is 2, not 1');
});

t.test('another type, shape or name is told', async (t) => {
  t.equal(told(tensor('FP32', [1]), tensor('FP64', [1])), 'output y is FP64, not FP32');
  t.equal(told(tensor('FP32', [1]), tensor('FP32', [1], [1, 1])), 'output y has the shape [1, 1], not [1]');
  t.equal(told(tensor('FP32', [1]), tensor('FP32', [1]), 'z'), 'the model has no output y');
});

const classes = { kind: 'classes', classes: [{ class_id: 7, probability: 0.5 }] } as const;

t.test('classes are compared by their probability, wherever they stand', async (t) => {
  const tell = (result: Parameters<typeof differenceFrom>[1]) =>
    differenceFrom({ answer: classes, tolerance: TOLERANCE }, result, []);
  t.equal(tell({ kind: 'classes', classes: [3, 7], probabilities: [0.6, 0.4] }), undefined);
  t.equal(
    tell({ kind: 'classes', classes: [3, 7], probabilities: [0.7, 0.3] }),
    'class 7 has the probability 0.3, not 0.5 (± 0.105)',
  );
  t.equal(tell({ kind: 'classes', classes: [3], probabilities: [0.7] }), 'there is no class 7');
  t.equal(tell({ kind: 'failure', code: 'INTERNAL', detail: 'no memory' }), 'it fails: no memory');
});
