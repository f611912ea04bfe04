/**
 * Writes examples as a model sees them, for programs that train or calibrate: one `.npy` for each input, with the rows in the order of the
 * examples. Images go through the preprocessing of the server itself, so that no program has to do the same again.
 */
import { open, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { ExamplesError, type Examples } from '../examples/examples.ts';
import { npyHead } from '../tensor/npy.ts';
import { identityModel } from '../onnx/identity.ts';
import { contentOf } from '../serving/contents.ts';
import { loadTaskOf } from '../serving/settings.ts';
import type { Pool } from '../pool/pool.ts';
import { CPU } from '../thread/device.ts';
import { runOne } from '../pool/run-one.ts';
import { elementsIn, type TensorSpec } from '../tensor/tensor.ts';
import type { PayloadInput } from '../thread/payload.ts';
import type { Contender, OnProgress } from './gate.ts';
import { withOneWorker } from './one-worker.ts';

export interface WrittenInput {
  /** Of the input of the model. */
  readonly name: string;
  readonly file: string;
}

/**
 * `folder`: gets the files. Returns where the inputs are, in the order of the model's.
 * @throws ExamplesError when an example does not fit; ServingError or ModelError when the version cannot be loaded
 */
export async function writeInputs(
  { entry, file }: Contender,
  examples: Examples,
  folder: string,
  config: Config,
  onProgress: OnProgress = () => undefined,
): Promise<readonly WrittenInput[]> {
  const content = await contentOf(file, config);
  const task = {
    ...loadTaskOf({ entry, file, instance: 0 }, config, content),
    warmUpTo: 1,
    compiledFolder: undefined,
  };
  return withOneWorker({ ...config, wideThreads: 1 }, async (pool) => {
    const { report } = await pool.load(task);
    const { inputs } = report;
    const read = examples.kind === 'images' ? await seen(pool, task, inputs[0]!, folder) : given(inputs);
    const columns = inputs.map((input, index) => new Column(input, join(folder, `input-${index}.npy`)));
    try {
      for (const [index, example] of examples.items.entries()) {
        const row = await read(example);
        for (const [at, column] of columns.entries())
          await column.add(row[at]!, examples.items.length, example.name);
        onProgress(index + 1, examples.items.length);
      }
    } finally {
      for (const column of columns) await column.close();
    }
    return columns.map(({ spec, file: path }) => ({ name: spec.name, file: path }));
  });
}

type Read = (example: Examples['items'][number]) => Promise<readonly PayloadInput[]>;

/** Rows are what they are. */
const given =
  (inputs: readonly TensorSpec[]): Read =>
  async (example) => {
    const payload = await example.payload(inputs);
    if (payload.kind !== 'tensors') throw new ExamplesError(`${example.name} is no row.`);
    return payload.inputs;
  };

/** Images: the output of a model that gives back what it is given as FP32, loaded with the same preprocessing. */
async function seen(
  pool: Pool,
  task: Parameters<Pool['load']>[0],
  input: TensorSpec,
  folder: string,
): Promise<Read> {
  const file = join(folder, 'identity.onnx');
  await writeFile(file, identityModel(input));
  await pool.load({
    ...task,
    instance: 1,
    file,
    outputs: undefined,
    content: undefined,
    joins: undefined,
    isolation: undefined,
    device: CPU,
  });
  return async (example) => {
    const payload = await example.payload([input]);
    if (payload.kind !== 'image') throw new ExamplesError(`${example.name} is no image.`);
    const result = await runOne(pool.workers[0]!, 1, { ...payload, topK: undefined });
    if (result.kind === 'outputs') {
      const { shape, data } = result.outputs[0]!;
      const floats = elementsIn('FP32', data) as Float32Array;
      return [{ shape, data: input.datatype === 'UINT8' ? Uint8Array.from(floats) : data }];
    }
    throw new ExamplesError(
      `${example.name}: ${result.kind === 'failure' ? result.detail : 'it has no outputs.'}`,
    );
  };
}

/** The rows of one input in a file. All have to be alike. */
class Column {
  readonly spec: TensorSpec;
  readonly file: string;
  #handle: FileHandle | undefined;
  #shape: readonly number[] | undefined;

  constructor(spec: TensorSpec, file: string) {
    this.spec = spec;
    this.file = file;
  }

  async add({ shape, data }: PayloadInput, rows: number, example: string): Promise<void> {
    // A model without a batch axis takes one row at a time, without saying so.
    const own = shape.length === this.spec.shape.length && this.spec.shape[0]! <= 1 ? shape.slice(1) : shape;
    if (this.#shape === undefined) {
      this.#handle = await open(this.file, 'w');
      await this.#handle.write(npyHead({ datatype: this.spec.datatype, shape: [rows, ...own] }));
      this.#shape = own;
    }
    if (own.join() !== this.#shape.join())
      throw new ExamplesError(
        `${example} has the shape [${own.join(', ')}], and those before it [${this.#shape.join(', ')}].`,
      );
    await this.#handle!.write(data);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}
