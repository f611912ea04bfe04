/**
 * The model of docs/examples/features: chance = sigmoid(driver · w + hour * v + b). Run as a program it is written anew:
 * `node test/docs/features-example.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FLOAT, floats, writeModel } from '../../tools/onnx/model.ts';

export const EXAMPLE = join(import.meta.dirname, '../../docs/examples/features');
export const FILE = join(EXAMPLE, 'trips/1/model.onnx');

export const exampleModel = (): Buffer =>
  writeModel({
    inputs: [
      { name: 'driver', type: FLOAT, shape: ['N', 3] },
      { name: 'hour', type: FLOAT, shape: ['N', 1] },
    ],
    outputs: [{ name: 'chance', type: FLOAT, shape: ['N', 1] }],
    nodes: [
      { op: 'MatMul', inputs: ['driver', 'w'], outputs: ['known'] },
      { op: 'Mul', inputs: ['hour', 'v'], outputs: ['time'] },
      { op: 'Add', inputs: ['known', 'time'], outputs: ['both'] },
      { op: 'Add', inputs: ['both', 'b'], outputs: ['score'] },
      { op: 'Sigmoid', inputs: ['score'], outputs: ['chance'] },
    ],
    constants: [floats('w', [3, 1], [3, 2, 0.05]), floats('v', [1], [-0.05]), floats('b', [1], [-2])],
  });

if (import.meta.main) writeFileSync(FILE, exampleModel());
