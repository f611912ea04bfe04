/** The models that the clients are tried with: small ones of numbers and words, and the model of photographs. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { BOOL, FLOAT, FLOAT16, INT64, STRING, writeModel, type Node } from '../../tools/onnx/model.ts';
import { modelRepository } from '../support/model-repository.ts';
import { MODELS } from '../support/start-server.ts';
import { add, affine, int64, twoOutputs, type TinyModel } from '../support/tiny-models.ts';

/** One input and one output of `type`, `width` to a row; without configuration. */
function unary(node: Node, type: number, width: number | string): TinyModel {
  const shape = ['N', width];
  return {
    file: writeModel({
      inputs: [{ name: node.inputs[0]!, type, shape }],
      outputs: [{ name: node.outputs[0]!, type, shape }],
      nodes: [node],
    }),
    config: {},
  };
}

const TINY: Readonly<Record<string, TinyModel>> = {
  net: affine(),
  spare: { ...affine(), config: { ...affine().config, versionLabels: { stable: 1 } } },
  sum: add(),
  next: int64(),
  halves: twoOutputs(),
  table: {
    file: writeModel({
      inputs: ['a', 'b'].map((name) => ({ name, type: INT64, shape: ['N', 1] })),
      outputs: [{ name: 'total', type: INT64, shape: ['N', 1] }],
      nodes: [{ op: 'Add', inputs: ['a', 'b'], outputs: ['total'] }],
    }),
    config: {},
  },
  whole: {
    file: writeModel({
      inputs: [{ name: 'x', type: FLOAT, shape: [3] }],
      outputs: [{ name: 'y', type: FLOAT, shape: [] }],
      nodes: [{ op: 'ReduceSum', inputs: ['x'], outputs: ['y'], attributes: { keepdims: 0 } }],
    }),
    config: {},
  },
  word: unary({ op: 'Identity', inputs: ['s'], outputs: ['t'] }, STRING, 1),
  echo: unary({ op: 'Identity', inputs: ['s'], outputs: ['t'] }, STRING, 2),
  not: unary({ op: 'Not', inputs: ['p'], outputs: ['q'] }, BOOL, 3),
  half: unary({ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }, FLOAT16, 2),
  wide: unary({ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }, FLOAT, 'M'),
};

/** A repository of them; `photos` is the model in the box. */
export function clientModels(t: Pick<Test, 'testdir'>): string {
  const root = modelRepository(t, TINY);
  cpSync(join(MODELS, 'efficientnet-lite0'), join(root, 'photos'), { recursive: true });
  return root;
}
