/** Whether a version can take the place of another one under the same number, as clients see it. Pure. */
import type { TensorSpec } from '../tensor/tensor.ts';

/** The part of a signature that clients depend on. */
export interface Tensors {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/**
 * What a client of `old` would notice, as a sentence; undefined when nothing. Allowed are further outputs after the ones
 * that were there, and inputs that take any length where they took one.
 */
export function signatureChange(old: Tensors, fresh: Tensors): string | undefined {
  if (fresh.inputs.length !== old.inputs.length) {
    return `it takes ${names(fresh.inputs)}, not ${names(old.inputs)}`;
  }
  for (const [place, was] of old.inputs.entries()) {
    const is = fresh.inputs[place]!;
    if (!accepts(is, was)) return `input ${place} is ${text(is)}, not ${text(was)}`;
  }
  for (const [place, was] of old.outputs.entries()) {
    const is = fresh.outputs[place];
    if (is === undefined) return `output ${was.name} is missing`;
    if (text(is) !== text(was)) return `output ${place} is ${text(is)}, not ${text(was)}`;
  }
  return undefined;
}

/** Whether an input takes all that the other one took. */
const accepts = (input: TensorSpec, was: TensorSpec): boolean =>
  input.name === was.name &&
  input.datatype === was.datatype &&
  input.shape.length === was.shape.length &&
  input.shape.every((side, place) => side === -1 || side === was.shape[place]);

const names = (tensors: readonly TensorSpec[]): string => tensors.map(({ name }) => name).join(', ');

const text = ({ name, datatype, shape }: TensorSpec): string => `${name} ${datatype} [${shape.join(',')}]`;
