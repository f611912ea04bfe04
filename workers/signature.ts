/**
 * The inputs and outputs of a model: declared in model.json and checked against the model file, or taken from the file. Also
 * whether every one of them has the batch first, which is what joining rows of different requests begins with. Pure.
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

type Declared = Pick<LoadTask, 'inputs' | 'outputs' | 'batching'>;

/** A spec, with the names that the file has for open lengths: equal names stand for equal lengths. */
interface Named {
  readonly spec: TensorSpec;
  readonly axes: readonly (number | string)[];
}

/**
 * How rows lie in the tensors. `any`: the first axis of all of them has any number of rows. `one`: the file fixes it at 1.
 * `none`: with the reason.
 */
export type RowAxis = { readonly kind: 'any' | 'one' } | { readonly kind: 'none'; readonly reason: string };

export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** By input: each length, or the name of an open one. */
  readonly axes: readonly (readonly (number | string)[])[];
  readonly rowAxis: RowAxis;
}

/** Returns the signature, or a MODEL_UNAVAILABLE failure that says where the file differs from the declaration. */
export function readSignature(file: FileSignature, declared: Declared): Signature | Failure {
  const inputs = complete(file.inputMetadata, declared.inputs, 'input');
  if ('code' in inputs) return inputs;
  const outputs = complete(file.outputMetadata, declared.outputs, 'output');
  if ('code' in outputs) return outputs;
  const rowAxis = declared.batching === 'never' ? NEVER : rowAxisOf(inputs, outputs);
  if (rowAxis.kind === 'none' && declared.batching === 'always') {
    return unavailable(`model.json#/batching is "always", but ${rowAxis.reason}`);
  }
  // A file that fixes the batch at 1 takes any number of rows, one after the other.
  const open = (spec: TensorSpec): TensorSpec =>
    rowAxis.kind === 'none' ? spec : { ...spec, shape: [-1, ...spec.shape.slice(1)] };
  return {
    inputs: inputs.map(({ spec }) => open(spec)),
    outputs: outputs.map(({ spec }) => open(spec)),
    axes: inputs.map(({ axes }) => axes),
    rowAxis,
  };
}

const NEVER: RowAxis = { kind: 'none', reason: 'model.json says "batching": "never"' };

function rowAxisOf(inputs: readonly Named[], outputs: readonly Named[]): RowAxis {
  if (inputs.length === 0) return none('the model has no inputs');
  const first = inputs[0]!.spec.shape[0];
  for (const { spec } of inputs) {
    const [batch] = spec.shape;
    const fault = faultOfAxis(`input ${spec.name}`, batch);
    if (fault !== undefined) return none(fault);
    if (batch !== first)
      return none(`the first axes of the inputs ${inputs[0]!.spec.name} and ${spec.name} differ`);
  }
  for (const { spec } of outputs) {
    const [batch] = spec.shape;
    const fault = faultOfAxis(`output ${spec.name}`, batch);
    if (fault !== undefined) return none(fault);
    // A file that declares 1 for an output whose inputs are open is usually wrong about it; what it returns is looked at.
    if (first === 1 && batch !== 1)
      return none(`output ${spec.name} may have several rows for one row of the inputs`);
  }
  return { kind: first === 1 ? 'one' : 'any' };
}

const none = (reason: string): RowAxis => ({ kind: 'none', reason });

function faultOfAxis(what: string, batch: number | undefined): string | undefined {
  if (batch === undefined) return `${what} is a scalar, or the file does not say its shape`;
  return batch >= 0 && batch !== 1 ? `the first axis of ${what} is fixed at ${batch}` : undefined;
}

function complete(
  metadata: readonly ValueMetadata[],
  declared: readonly TensorSpec[] | undefined,
  side: 'input' | 'output',
): readonly Named[] | Failure {
  const found: Named[] = [];
  for (const { name } of declared ?? metadata) {
    const value = metadata.find((one) => one.name === name);
    if (value === undefined) {
      const names = metadata.map((one) => one.name).join(', ');
      return unavailable(`the file has no ${side} "${name}"; it has ${names}`);
    }
    const named = read(
      value,
      declared?.find((one) => one.name === name),
      side,
    );
    if ('code' in named) return named;
    found.push(named);
  }
  const missing =
    side === 'input'
      ? metadata.find((value) => !found.some(({ spec }) => spec.name === value.name))
      : undefined;
  return missing === undefined ? found : unavailable(`the file has a further input "${missing.name}"`);
}

function read(
  { name, isTensor, type, shape }: ValueMetadata,
  declared: TensorSpec | undefined,
  side: 'input' | 'output',
): Named | Failure {
  if (!isTensor || type === undefined || shape === undefined) return unavailable(noTensor(name, side));
  const datatype = datatypeOf(type);
  if (datatype === undefined) return unavailable(`${side} ${name} is of type ${type}, which is not served`);
  if (declared === undefined) return { spec: { name, datatype, shape: shape.map(lengthOf) }, axes: shape };
  const axes = declaredAxes(declared, datatype, shape);
  if (typeof axes === 'string') return unavailable(`${side} ${name}: ${axes}`);
  return { spec: { name, datatype, shape: axes.map(lengthOf) }, axes };
}

const noTensor = (name: string, side: string): string =>
  side === 'output'
    ? `output ${name} is a sequence or a map, not a tensor: list the outputs to serve in model.json, or export the model ` +
      'without it (scikit-learn: to_onnx(…, options={"zipmap": False}))'
    : `input ${name} is a sequence, a map or an optional value, not a tensor`;

const lengthOf = (length: number | string): number =>
  typeof length === 'number' && length >= 0 ? length : -1;

/**
 * The shape of the file, with the lengths that model.json declares: those of a row, where the file has one axis more, or
 * the whole shape. A sentence when they do not fit.
 */
function declaredAxes(
  { datatype: wanted, shape: row }: TensorSpec,
  datatype: Datatype,
  shape: readonly (number | string)[],
): readonly (number | string)[] | string {
  if (wanted !== datatype) return `model.json says ${wanted}, the file ${datatype}`;
  const whole = shape.length === row.length + 1 ? [shape[0]!, ...row] : row;
  const fits =
    whole.length === shape.length &&
    shape.every((length, axis) => lengthOf(length) < 0 || length === whole[axis]);
  return fits ? whole : `model.json says a row is [${row.join()}], the file [${shape.slice(1).join()}]`;
}

const unavailable = (detail: string): Failure => ({ code: 'MODEL_UNAVAILABLE', detail });
