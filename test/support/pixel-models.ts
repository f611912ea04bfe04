/** Models that read the bytes of pixels, with a head of casts and arithmetic in front of their first layer. */
import { FLOAT, floats, UINT8, writeModel, type Node, type Tensor } from '../../tools/onnx/model.ts';
import type { TinyModel } from './tiny-models.ts';

/** Enough for more than a MB of weights: smaller models have no compiled form. */
const CLASSES = 1200;

export const node = (
  op: string,
  inputs: string[],
  output: string,
  attributes?: Node['attributes'],
): Node => ({
  op,
  inputs,
  outputs: [output],
  ...(attributes === undefined ? {} : { attributes }),
});

export const CAST = { to: FLOAT } as const;
export const PLANES = { perm: [0, 3, 1, 2] } as const;

/** The head as torch writes it: to planes, to floats, less a mean, by a deviation. */
export const usualHead: readonly Node[] = [
  node('Transpose', ['image'], 'planes', PLANES),
  node('Cast', ['planes'], 'floats', CAST),
  node('Sub', ['floats', 'mean'], 'centred'),
  node('Div', ['centred', 'deviation'], 'pixels'),
];

export const usualConstants: readonly Tensor[] = [
  floats('mean', [1, 3, 1, 1], [123.675, 116.28, 103.53]),
  floats('deviation', [3, 1, 1], [58.395, 57.12, 57.375]),
];

/** y = W x, where x are the `pixels` that the head gives. `shape`: of the input, with sides of nine pixels. */
export function pixelModel(
  head: readonly Node[] = usualHead,
  constants: readonly Tensor[] = usualConstants,
  shape: readonly (number | string)[] = ['N', 9, 9, 3],
  classes = CLASSES,
): TinyModel {
  const elements = 9 * 9 * 3;
  const weights = Array.from({ length: elements * classes }, (_, index) => Math.cos(index) / elements);
  return {
    file: writeModel({
      inputs: [{ name: 'image', type: UINT8, shape }],
      outputs: [{ name: 'y', type: FLOAT, shape: ['N', classes] }],
      nodes: [...head, node('Flatten', ['pixels'], 'row'), node('MatMul', ['row', 'w'], 'y')],
      constants: [...constants, floats('w', [elements, classes], weights)],
    }),
    config: {},
  };
}
