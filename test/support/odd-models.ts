/**
 * Small models, one for each tensor type and for each shape that may be taken for another, with inputs and onnxruntime's
 * answers to them. models/export/check writes the fixture.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Datatype, Tensor } from '../../src/tensor/tensor.ts';

export interface OddRun {
  readonly inputs: readonly Tensor[];
  /** The outputs that are tensors, in the order of the model; undefined when the run fails. */
  readonly outputs?: readonly Tensor[];
  /** The message of onnxruntime when the run fails. */
  readonly error?: string;
}

export interface OddModel {
  readonly name: string;
  /** What is odd about it. */
  readonly about: string;
  /** model.onnx and what is to lie beside it. */
  readonly files: Readonly<Record<string, Buffer>>;
  /** The message of onnxruntime when it does not load the model. */
  readonly refused?: string;
  readonly runs: readonly OddRun[];
}

interface WrittenTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: string;
}

interface WrittenModel {
  readonly name: string;
  readonly about: string;
  readonly files: Readonly<Record<string, string>>;
  readonly refused?: string;
  readonly runs?: readonly {
    readonly inputs: readonly WrittenTensor[];
    readonly outputs?: readonly WrittenTensor[];
    readonly error?: string;
  }[];
}

const bytesOf = (base64: string): Buffer => Buffer.from(base64, 'base64');
const tensorOf = ({ data, ...rest }: WrittenTensor): Tensor => ({ ...rest, data: bytesOf(data) });

const FIXTURE = new URL('../fixtures/odd-models.json', import.meta.url);

export const oddModels: readonly OddModel[] = (
  JSON.parse(readFileSync(FIXTURE, 'utf8')) as { models: readonly WrittenModel[] }
).models.map(({ files, runs = [], ...rest }) => ({
  ...rest,
  files: Object.fromEntries(Object.entries(files).map(([name, data]) => [name, bytesOf(data)])),
  runs: runs.map(({ inputs, outputs, error }) => ({
    inputs: inputs.map(tensorOf),
    ...(outputs === undefined ? {} : { outputs: outputs.map(tensorOf) }),
    ...(error === undefined ? {} : { error }),
  })),
}));

/** @throws Error when there is no such model */
export function oddModel(name: string): OddModel {
  const found = oddModels.find((model) => model.name === name);
  if (found === undefined) throw new Error(`there is no odd model ${name}`);
  return found;
}

/** Writes each model as version 1 without a model.json; returns the folder. */
export function oddRepository(
  t: Pick<Test, 'testdir'>,
  models: readonly Pick<OddModel, 'name' | 'files'>[],
): string {
  const root = t.testdir();
  for (const { name, files } of models) {
    mkdirSync(join(root, name, '1'), { recursive: true });
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(root, name, '1', file), bytes);
  }
  return root;
}
