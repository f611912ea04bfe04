import t from 'tap';
import { fitted, type GivenTensor } from '../../src/tensor/fit.ts';
import type { TensorSpec } from '../../src/tensor/tensor.ts';

const SPECS: readonly TensorSpec[] = [
  { name: 'a', datatype: 'FP32', shape: [-1, 2] },
  { name: 'b', datatype: 'BOOL', shape: [] },
];
const A: GivenTensor = { name: 'a', datatype: 'FP32', shape: [1, 2], data: new Uint8Array(8), pointer: '/a' };
const B: GivenTensor = { name: 'b', datatype: 'BOOL', shape: [], data: Uint8Array.of(1), pointer: '/b' };

t.test('the tensors come back in the order of the model', async (t) => {
  t.strictSame(fitted([B, A], SPECS), [A, B]);
});

t.test('an unknown name is told before one that is missing', async (t) => {
  t.throws(() => fitted([{ ...A, name: 'z', pointer: '/z' }], SPECS), {
    code: 'BAD_FIELD',
    message: 'The model has no input z; it has a, b.',
    pointer: '/z',
  });
  t.throws(() => fitted([A], SPECS), { code: 'BAD_FIELD', message: 'The input b is missing.' });
  t.throws(() => fitted([A, B, A], SPECS), { code: 'BAD_FIELD', message: 'The input a is there twice.' });
});

t.test(
  'another type, shape or number of bytes, and a bad boolean, are refused with their place',
  async (t) => {
    for (const bad of [
      { ...A, datatype: 'FP64' as const },
      { ...A, shape: [2] },
      { ...A, shape: [1, 3] },
      { ...A, data: new Uint8Array(9) },
    ]) {
      t.throws(() => fitted([bad, B], SPECS), { code: 'BAD_SHAPE', pointer: '/a' });
    }
    t.throws(() => fitted([A, { ...B, data: Uint8Array.of(2) }], SPECS), {
      code: 'BAD_FIELD',
      pointer: '/b',
    });
  },
);
