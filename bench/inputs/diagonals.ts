/** Many models of one size, each of which answers a row by its own multiple, so that an answer tells which model gave it. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelConfig } from '../../src/repository/model-config.ts';
import { FLOAT, writeModel } from '../../tools/onnx/model.ts';
import { WORK } from './only-version.ts';

const SIDE = 1024;
const MIB = 2 ** 20;

/** One row of ones, for `application/octet-stream`. */
export const ROW = Buffer.from(new Float32Array(SIDE).fill(1).buffer);

export const nameOf = (index: number): string => `model-${index}`;

/** What the model answers to ROW, as its first number. */
export const answerOf = (index: number): number => index + 1;

/** Writes `count` models of `mib` MiB, unless they are there; returns the repository. */
export function diagonals(count: number, mib: number, config: ModelConfig): string {
  const repository = join(WORK, `diagonals-${count}-${mib}`);
  for (let index = 0; index < count; index++) {
    const folder = join(repository, nameOf(index));
    const file = join(folder, '1', 'model.onnx');
    mkdirSync(join(folder, '1'), { recursive: true });
    if (!existsSync(file)) writeFileSync(file, modelOf(answerOf(index), mib));
    writeFileSync(join(folder, 'model.json'), JSON.stringify(config));
  }
  return repository;
}

/** y = x times a diagonal matrix. */
function modelOf(factor: number, mib: number): Buffer {
  const width = (mib * MIB) / Float32Array.BYTES_PER_ELEMENT / SIDE;
  const data = new Float32Array(SIDE * width);
  for (let at = 0; at < SIDE; at++) data[at * width + at] = factor;
  return writeModel({
    inputs: [{ name: 'x', type: FLOAT, shape: ['N', SIDE] }],
    outputs: [{ name: 'y', type: FLOAT, shape: ['N', width] }],
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
    constants: [{ name: 'w', type: FLOAT, dims: [SIDE, width], data }],
  });
}
