/**
 * The inputs and outputs of a model: declared in model.json and checked against the model file, or taken from the file.
 * Pure.
 */
import type { Failure } from '../src/errors.ts';
import type { LoadTask } from '../src/thread/load.ts';
import { datatypeOf, type Datatype, type TensorSpec } from '../src/tensor/tensor.ts';

/** One input or output as onnxruntime reports it; a symbolic dimension is a string or -1. */
export interface ValueMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

interface FileSignature {
  readonly inputMetadata: readonly ValueMetadata[];
  readonly outputMetadata: readonly ValueMetadata[];
}

type Declared = Pick<LoadTask, 'inputs' | 'outputs' | 'maxBatchSize'>;

export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly maxBatchSize: number;
}

/** Returns the signature, or a MODEL_UNAVAILABLE failure that says where the file differs from the declaration. */
export function readSignature(file: FileSignature, declared: Declared): Signature | Failure {
  const inputs = complete(file.inputMetadata, declared.inputs, 'input');
  if ('code' in inputs) return inputs;
  const outputs = complete(file.outputMetadata, declared.outputs, 'output');
  if ('code' in outputs) return outputs;
  return {
    inputs: inputs.specs,
    outputs: outputs.specs,
    maxBatchSize: inputs.oneByOne ? 1 : declared.maxBatchSize,
  };
}

interface Completed {
  readonly specs: readonly TensorSpec[];
  /** The file fixes the batch dimension at 1. */
  readonly oneByOne: boolean;
}

function complete(
  metadata: readonly ValueMetadata[],
  declared: readonly TensorSpec[] | undefined,
  side: 'input' | 'output',
): Completed | Failure {
  const specs: TensorSpec[] = [];
  let oneByOne = false;
  for (const { name } of declared ?? metadata) {
    const found = metadata.find((value) => value.name === name);
    if (found?.isTensor !== true || found.type === undefined || found.shape === undefined) {
      const names = metadata.map((value) => value.name).join(', ');
      return unavailable(`the file has no ${side} tensor "${name}"; it has ${names}`);
    }
    const datatype = datatypeOf(found.type);
    if (datatype === undefined)
      return unavailable(`${side} ${name} is of type ${found.type}, which is not served`);
    const [batch, ...rest] = found.shape;
    if (batch === undefined) return unavailable(`${side} ${name} is a scalar: it has no batch dimension`);
    if (side === 'input' && typeof batch === 'number' && batch > 0) {
      if (batch > 1) {
        return unavailable(`the file fixes the batch dimension at ${batch}; export it with a dynamic one`);
      }
      oneByOne = true;
    }
    const spec = declared?.find((value) => value.name === name);
    const mismatch = spec === undefined ? undefined : disagreement(spec, datatype, rest);
    if (mismatch !== undefined) return unavailable(`${side} ${name}: ${mismatch}`);
    const shape =
      spec?.shape ?? rest.filter((length): length is number => typeof length === 'number' && length > 0);
    if (shape.length < rest.length) {
      return unavailable(
        `${side} ${name} has shape [${found.shape.join()}]: declare the shape of a row in model.json`,
      );
    }
    specs.push({ name, datatype, shape });
  }
  const missing =
    side === 'input' ? metadata.find((value) => !specs.some((spec) => spec.name === value.name)) : undefined;
  if (missing !== undefined) return unavailable(`the file has a further input "${missing.name}"`);
  return { specs, oneByOne };
}

function disagreement(
  spec: TensorSpec,
  datatype: Datatype,
  shape: readonly (number | string)[],
): string | undefined {
  if (spec.datatype !== datatype) return `model.json says ${spec.datatype}, the file ${datatype}`;
  const fits =
    spec.shape.length === shape.length &&
    shape.every((side, index) => typeof side === 'string' || side <= 0 || side === spec.shape[index]);
  return fits ? undefined : `model.json says a row is [${spec.shape.join()}], the file [${shape.join()}]`;
}

const unavailable = (detail: string): Failure => ({ code: 'MODEL_UNAVAILABLE', detail });
