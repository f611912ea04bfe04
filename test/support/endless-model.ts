/** A model that loops as often as its row says: a run that never returns, without any switch in the server. */
import { BOOL, FLOAT, floats, INT64, writeModel, type Graph, type Tensor } from '../../tools/onnx/model.ts';
import type { TinyModel } from './tiny-models.ts';

/** More turns than anybody waits for. */
export const FOREVER = 2 ** 62;

const truth: Tensor = { name: 'true', type: BOOL, dims: [], data: Uint8Array.of(1) };

/** One turn: y = x + 1, and on. */
const turn: Graph = {
  inputs: [
    { name: 'turn', type: INT64, shape: [] },
    { name: 'goes_on', type: BOOL, shape: [] },
    { name: 'x', type: FLOAT, shape: [1] },
  ],
  outputs: [
    { name: 'goes_on_still', type: BOOL, shape: [] },
    { name: 'next', type: FLOAT, shape: [1] },
  ],
  nodes: [
    { op: 'Identity', inputs: ['goes_on'], outputs: ['goes_on_still'] },
    { op: 'Add', inputs: ['x', 'one'], outputs: ['next'] },
  ],
  constants: [floats('one', [1], [1])],
};

/** turns INT64 [1, 1], and y, as many. Rows are not joined, so that a row hangs alone. */
export const endless = (): TinyModel => ({
  file: writeModel({
    inputs: [{ name: 'turns', type: INT64, shape: [1, 1] }],
    outputs: [{ name: 'y', type: FLOAT, shape: [1, 1] }],
    nodes: [
      { op: 'Squeeze', inputs: ['turns'], outputs: ['count'] },
      { op: 'Loop', inputs: ['count', 'true', 'zero'], outputs: ['sum'], attributes: { body: turn } },
      { op: 'Reshape', inputs: ['sum', 'row'], outputs: ['y'] },
    ],
    constants: [
      truth,
      floats('zero', [1], [0]),
      { name: 'row', type: INT64, dims: [2], data: BigInt64Array.of(1n, 1n) },
    ],
  }),
  config: {},
});

/** A row that asks for so many turns. */
export const loops = (turns: number): Buffer => Buffer.from(BigInt64Array.of(BigInt(turns)).buffer);

/** The same with a number of turns of its own, and a row that it leaves as it is: opening or warming it up takes for ever. */
export const neverLoads = (): TinyModel => ({
  file: writeModel({
    inputs: [{ name: 'x', type: FLOAT, shape: ['N', 1] }],
    outputs: [{ name: 'y', type: FLOAT, shape: ['N', 1] }],
    nodes: [
      { op: 'Loop', inputs: ['count', 'true', 'zero'], outputs: ['sum'], attributes: { body: turn } },
      { op: 'Add', inputs: ['x', 'sum'], outputs: ['y'] },
    ],
    constants: [
      truth,
      floats('zero', [1], [0]),
      { name: 'count', type: INT64, dims: [], data: BigInt64Array.of(BigInt(FOREVER)) },
    ],
  }),
  config: {},
});
