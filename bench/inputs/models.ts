/**
 * Models of the project's own making, written into a model repository folder: each isolates one cost that the model
 * in the box mixes. Weights come from a seeded generator, so that every run, on every machine, loads the same bytes.
 * Nothing is downloaded, and a folder that already holds what this file and the ONNX writer make is left alone.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelConfig } from '../../src/repository/model-config.ts';
import { FLOAT, writeModel, type Node, type Tensor } from '../../tools/onnx/model.ts';
import { seededRandom } from '../../tools/random/seeded.ts';

export type BenchModel = 'trivial' | 'matrix' | 'matrix-unbatched' | 'slow';

interface Row {
  /** Shape of one row of the one input `x`, FP32. */
  readonly input: readonly number[];
  /** Shape of one row of the one output `y`, FP32. */
  readonly output: readonly number[];
}

const WIDTH = 1024;
/**
 * Matrices of 4 MiB, 160 MiB together: more than a core's share of the last cache, so that a row alone waits for
 * memory, and the rows of a batch share that wait. With half of them they still fitted, and gained less.
 */
const LAYERS = 40;
const SCORES = 16;
/** 3x3 convolutions of this many channels over 64x64: bound by arithmetic, tens of milliseconds a row in any batch. */
const CHANNELS = 96;
const SIDE = 64;
const CONVOLUTIONS = 10;

const ROWS: Readonly<Record<BenchModel, Row>> = {
  trivial: { input: [16], output: [16] },
  matrix: { input: [WIDTH], output: [SCORES] },
  'matrix-unbatched': { input: [WIDTH], output: [SCORES] },
  slow: { input: [1, SIDE, SIDE], output: [CHANNELS] },
};
const MAX_BATCH_SIZES: Readonly<Record<BenchModel, number>> = {
  trivial: 64,
  matrix: 64,
  'matrix-unbatched': 1,
  slow: 4,
};
const BATCH = 'N';

export const BENCH_MODELS = Object.keys(ROWS) as readonly BenchModel[];

/** Bytes of one row of the input, which are the whole body of a request of one row. */
export const rowBytes = (model: BenchModel): number =>
  ROWS[model].input.reduce((product, side) => product * side, Float32Array.BYTES_PER_ELEMENT);

/** A body of one row for `application/octet-stream`: numbers from 0 to 1, the same for the same seed. */
export function rowOf(model: BenchModel, seed = 1): Buffer {
  const random = seededRandom(seed);
  return Buffer.from(
    Float32Array.from({ length: rowBytes(model) / Float32Array.BYTES_PER_ELEMENT }, random).buffer,
  );
}

/**
 * Writes models into `folder`, a third of a gigabyte for all of them. One that is there already, made by these
 * sources, is left as it is.
 */
export async function writeModels(
  folder: string,
  models: readonly BenchModel[] = BENCH_MODELS,
): Promise<void> {
  const stamp = await fingerprint();
  for (const model of models) {
    const home = join(folder, model);
    // Written last and removed first: what was interrupted has no stamp.
    const stampFile = join(home, '.made-from');
    if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) continue;
    await rm(home, { recursive: true, force: true });
    await mkdir(join(home, '1'), { recursive: true });
    await writeFile(join(home, '1', 'model.onnx'), FILES[model]());
    await writeFile(join(home, 'model.json'), `${JSON.stringify(configOf(model), undefined, 2)}\n`);
    await writeFile(stampFile, stamp);
  }
}

/** Of the sources that decide the bytes: whoever changes a layer need not remember to raise a number. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of ['models.ts', '../../tools/random/seeded.ts', '../../tools/onnx/model.ts']) {
    hash.update(await readFile(join(import.meta.dirname, source)));
  }
  return hash.digest('hex');
}

const configOf = (model: BenchModel): ModelConfig => ({
  inputs: [{ name: 'x', datatype: 'FP32', shape: [...ROWS[model].input] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [...ROWS[model].output] }],
  maxBatchSize: MAX_BATCH_SIZES[model],
});

const modelOf = (model: BenchModel, nodes: readonly Node[], constants: readonly Tensor[]): Buffer =>
  writeModel({
    inputs: [{ name: 'x', type: FLOAT, shape: [BATCH, ...ROWS[model].input] }],
    outputs: [{ name: 'y', type: FLOAT, shape: [BATCH, ...ROWS[model].output] }],
    nodes,
    constants,
  });

function trivial(): Buffer {
  return modelOf('trivial', [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }], []);
}

/** A row through LAYERS square matrices with a Relu between them, and a narrow last one: the answer stays small. */
function matrix(): Buffer {
  const random = seededRandom(1);
  const nodes: Node[] = [];
  const constants: Tensor[] = [];
  let from = 'x';
  for (let layer = 0; layer < LAYERS; layer++) {
    constants.push(weights(`w${layer}`, [WIDTH, WIDTH], WIDTH, random));
    nodes.push({ op: 'MatMul', inputs: [from, `w${layer}`], outputs: [`m${layer}`] });
    nodes.push({ op: 'Relu', inputs: [`m${layer}`], outputs: [`r${layer}`] });
    from = `r${layer}`;
  }
  constants.push(weights('scores', [WIDTH, SCORES], WIDTH, random));
  nodes.push({ op: 'MatMul', inputs: [from, 'scores'], outputs: ['y'] });
  return modelOf('matrix', nodes, constants);
}

function slow(): Buffer {
  const random = seededRandom(2);
  const nodes: Node[] = [];
  const constants: Tensor[] = [];
  let from = 'x';
  let channels = 1;
  for (let layer = 0; layer < CONVOLUTIONS; layer++) {
    constants.push(weights(`w${layer}`, [CHANNELS, channels, 3, 3], channels * 9, random));
    nodes.push({
      op: 'Conv',
      inputs: [from, `w${layer}`],
      outputs: [`c${layer}`],
      attributes: { pads: [1, 1, 1, 1] },
    });
    nodes.push({ op: 'Relu', inputs: [`c${layer}`], outputs: [`r${layer}`] });
    from = `r${layer}`;
    channels = CHANNELS;
  }
  nodes.push({
    op: 'ReduceMean',
    inputs: [from],
    outputs: ['y'],
    attributes: { axes: [2, 3], keepdims: 0 },
  });
  return modelOf('slow', nodes, constants);
}

const FILES: Readonly<Record<BenchModel, () => Buffer>> = {
  trivial,
  matrix,
  'matrix-unbatched': matrix,
  slow,
};

/** Uniform, of He's variance: through any number of layers the numbers neither vanish into denormals nor grow. */
function weights(name: string, dims: readonly number[], fanIn: number, random: () => number): Tensor {
  const data = new Float32Array(dims.reduce((product, side) => product * side, 1));
  const bound = Math.sqrt(6 / fanIn);
  for (let at = 0; at < data.length; at++) data[at] = (2 * random() - 1) * bound;
  return { name, type: FLOAT, dims, data };
}
