/**
 * Models that load in a millisecond, one for each shape that the server treats differently, with results that are easy to
 * check.
 */
import type { ModelConfig } from '../../src/repository/model-config.ts';
import {
  FLOAT,
  INT32,
  INT64,
  UINT8,
  floats,
  int64s,
  writeModel,
  type Node,
  type Value,
} from '../../tools/onnx/model.ts';

export interface TinyModel {
  /** The bytes of model.onnx. */
  readonly file: Buffer;
  /** The content of its model.json. */
  readonly config: ModelConfig;
  readonly labels?: readonly string[];
}

const BATCH = 'N';
const value = (name: string, type: number, ...shape: readonly (number | string)[]): Value => ({
  name,
  type,
  shape,
});
const node = (op: string, inputs: string[], output: string, attributes?: Node['attributes']): Node => ({
  op,
  inputs,
  outputs: [output],
  ...(attributes === undefined ? {} : { attributes }),
});

/** y = 2x + `plus`; x and y FP32, 4 to a row. `batch` fixes the batch dimension of the file. */
export const affine = (batch: number | string = BATCH, plus = 1): TinyModel => ({
  file: writeModel({
    inputs: [value('x', FLOAT, batch, 4)],
    outputs: [value('y', FLOAT, batch, 4)],
    nodes: [node('Mul', ['x', 'two'], 'double'), node('Add', ['double', 'one'], 'y')],
    constants: [floats('two', [1], [2]), floats('one', [1], [plus])],
  }),
  config: {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [4] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [4] }],
    maxBatchSize: 8,
  },
});

/** The affine model with a fixed batch dimension: 1 is served row by row, others cannot be served. */
export const fixed = (batch: number): TinyModel => ({ ...affine(batch), config: { maxBatchSize: 8 } });

/** sum = a + b; FP32, 3 to a row. */
export const add = (): TinyModel => ({
  file: writeModel({
    inputs: [value('a', FLOAT, BATCH, 3), value('b', FLOAT, BATCH, 3)],
    outputs: [value('sum', FLOAT, BATCH, 3)],
    nodes: [node('Add', ['a', 'b'], 'sum')],
  }),
  config: { maxBatchSize: 8 },
});

/** quotient = a / b; INT32, 1 to a row. On x86 the smallest number by -1, and any by 0, ends the process with SIGFPE. */
export const dividing = (): TinyModel => ({
  file: writeModel({
    inputs: [value('a', INT32, BATCH, 1), value('b', INT32, BATCH, 1)],
    outputs: [value('quotient', INT32, BATCH, 1)],
    nodes: [node('Div', ['a', 'b'], 'quotient')],
  }),
  config: { maxBatchSize: 8 },
});

/** next = n + 1; INT64, 2 to a row. */
export const int64 = (): TinyModel => ({
  file: writeModel({
    inputs: [value('n', INT64, BATCH, 2)],
    outputs: [value('next', INT64, BATCH, 2)],
    nodes: [node('Add', ['n', 'one'], 'next')],
    constants: [int64s('one', [1], [1])],
  }),
  config: { maxBatchSize: 8 },
});

/** y = x + x, with a dynamic row length in the file: it can be served only with a declared shape. */
export const dynamicRow = (): TinyModel => ({
  file: writeModel({
    inputs: [value('x', FLOAT, BATCH, 'M')],
    outputs: [value('y', FLOAT, BATCH, 'M')],
    nodes: [node('Add', ['x', 'x'], 'y')],
  }),
  config: {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [5] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [5] }],
  },
});

/** double = 2x and total = the sum of a row; x FP32, 4 to a row. */
export const twoOutputs = (): TinyModel => ({
  file: writeModel({
    inputs: [value('x', FLOAT, BATCH, 4)],
    outputs: [value('double', FLOAT, BATCH, 4), value('total', FLOAT, BATCH, 1)],
    nodes: [node('Add', ['x', 'x'], 'double'), node('ReduceSum', ['x', 'axis'], 'total')],
    constants: [int64s('axis', [1], [1])],
  }),
  config: { maxBatchSize: 8 },
});

/**
 * Every element of y is the mean of x; FP32, 1024 to a row, through `layers` matrices of 1024 x 1024. Memory-bound, so that
 * a batch costs little more than a row. The matrix is computed when the file is loaded.
 */
export const matmul = (layers = 8): TinyModel => ({
  file: writeModel({
    inputs: [value('x', FLOAT, BATCH, 1024)],
    outputs: [value('y', FLOAT, BATCH, 1024)],
    nodes: [
      node('ConstantOfShape', ['shape'], 'weight', { value: floats('value', [1], [1 / 1024]) }),
      ...Array.from({ length: layers }, (_, layer) =>
        node(
          'MatMul',
          [layer === 0 ? 'x' : `y${layer}`, 'weight'],
          layer === layers - 1 ? 'y' : `y${layer + 1}`,
        ),
      ),
    ],
    constants: [int64s('shape', [2], [1024, 1024])],
  }),
  config: { maxBatchSize: 16 },
});

/** Side of the images that `brightness` takes. */
export const BRIGHTNESS_SIDE = 8;

/** An image classifier: the score of red, green and blue is the mean of that channel, 0 to 1. */
export const brightness = (): TinyModel => ({
  file: writeModel({
    inputs: [value('image', UINT8, BATCH, BRIGHTNESS_SIDE, BRIGHTNESS_SIDE, 3)],
    outputs: [value('scores', FLOAT, BATCH, 3)],
    nodes: [
      node('Cast', ['image'], 'pixels', { to: FLOAT }),
      node('ReduceMean', ['pixels'], 'means', { axes: [1, 2], keepdims: 0 }),
      node('Div', ['means', 'white'], 'scores'),
    ],
    constants: [floats('white', [1], [255])],
  }),
  config: {
    inputs: [{ name: 'image', datatype: 'UINT8', shape: [BRIGHTNESS_SIDE, BRIGHTNESS_SIDE, 3] }],
    outputs: [{ name: 'scores', datatype: 'FP32', shape: [3] }],
    preprocess: { resize: BRIGHTNESS_SIDE, crop: BRIGHTNESS_SIDE, filter: 'bilinear' },
    labels: 'labels.txt',
    maxBatchSize: 4,
  },
  labels: ['red', 'green', 'blue'],
});
