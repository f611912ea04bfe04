/**
 * A body that is one tensor and nothing else (Inference-Header-Content-Length: 0), for a model with one input. One length of
 * its shape may be open: the number of bytes says what it is. With two, the first is the batch, and is 1.
 */
import { ServingError } from '../../../../errors.ts';
import type { GivenTensor } from '../../../../tensor/fit.ts';
import { bytesOfElements } from '../../../../tensor/strings.ts';
import { elementBytes, elementsOf, type TensorSpec } from '../../../../tensor/tensor.ts';

/** @throws ServingError BAD_SHAPE or EMPTY_BODY */
export function rawInput(bytes: Buffer, specs: readonly TensorSpec[]): GivenTensor {
  const [spec, second] = specs;
  if (spec === undefined || second !== undefined) {
    throw new ServingError(
      'BAD_SHAPE',
      `A body without JSON is for models with one input; this has ${specs.length}.`,
    );
  }
  if (bytes.length === 0) throw new ServingError('EMPTY_BODY', 'The body is empty: it must be a tensor.');
  const { name, datatype } = spec;
  const shape = spec.datatype === 'BYTES' ? oneElement(spec) : closed(spec, bytes.length);
  const data = datatype === 'BYTES' ? bytesOfElements([bytes]) : bytes;
  return { name, datatype, shape, data };
}

/** The body is the one element. */
function oneElement({ name, shape }: TensorSpec): readonly number[] {
  const ones = shape.map((length) => (length < 0 ? 1 : length));
  if (elementsOf(ones) === 1) return ones;
  throw new ServingError(
    'BAD_SHAPE',
    `A body without JSON is one element, and ${name} has the shape [${shape.join()}].`,
  );
}

function closed({ name, datatype, shape }: TensorSpec, bytes: number): readonly number[] {
  const open = shape.filter((length) => length < 0).length;
  const batch = open === 2 && shape[0]! < 0;
  if (open > 1 && !batch) {
    throw new ServingError(
      'BAD_SHAPE',
      `${name} has the shape [${shape.join()}]: send it with JSON that says which.`,
    );
  }
  const first = batch ? [1, ...shape.slice(1)] : shape;
  const known = elementsOf(first.filter((length) => length >= 0)) * elementBytes(datatype);
  const length = known === 0 ? Number.NaN : bytes / known;
  if (open === 0 ? length === 1 : Number.isInteger(length))
    return first.map((each) => (each < 0 ? length : each));
  const message = `${name} has the shape [${shape.join()}] in ${datatype}: the body has ${bytes} bytes, and ${known} or a multiple are expected.`;
  throw new ServingError('BAD_SHAPE', message);
}
