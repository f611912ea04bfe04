import t from 'tap';
import { signatureChange, type Tensors } from '../../src/serving/compatible.ts';
import type { TensorSpec } from '../../src/tensor/tensor.ts';

const tensor = (name: string, ...shape: number[]): TensorSpec => ({ name, datatype: 'FP32', shape });
const old: Tensors = { inputs: [tensor('x', -1, 4)], outputs: [tensor('y', -1, 3)] };

for (const [what, fresh] of [
  ['the same tensors', old],
  ['a further output', { ...old, outputs: [...old.outputs, tensor('z', -1, 1)] }],
  ['an input of any length', { ...old, inputs: [tensor('x', -1, -1)] }],
] as const) {
  t.test(`clients do not notice ${what}`, async (t) => {
    t.equal(signatureChange(old, fresh), undefined);
  });
}

for (const [what, fresh, change] of [
  ['another input', { ...old, inputs: [tensor('a', -1, 4)] }, 'input 0 is a FP32 [-1,4], not x FP32 [-1,4]'],
  ['a further input', { ...old, inputs: [...old.inputs, tensor('b', 1)] }, 'it takes x, b, not x'],
  ['a longer row', { ...old, inputs: [tensor('x', -1, 5)] }, 'input 0 is x FP32 [-1,5], not x FP32 [-1,4]'],
  ['a fixed batch', { ...old, inputs: [tensor('x', 1, 4)] }, 'input 0 is x FP32 [1,4], not x FP32 [-1,4]'],
  [
    'another type',
    { ...old, inputs: [{ ...tensor('x', -1, 4), datatype: 'FP64' }] },
    'input 0 is x FP64 [-1,4], not x FP32 [-1,4]',
  ],
  ['a missing output', { ...old, outputs: [] }, 'output y is missing'],
  ['more classes', { ...old, outputs: [tensor('y', -1, 9)] }, 'output 0 is y FP32 [-1,9], not y FP32 [-1,3]'],
] as const) {
  t.test(`clients notice ${what}`, async (t) => {
    t.equal(signatureChange(old, fresh), change);
  });
}
