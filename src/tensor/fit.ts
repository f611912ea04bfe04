/**
 * Whether the tensors of a request are what a model takes: names, data types, shapes and bytes, the same for every protocol.
 * Nothing is converted.
 */
import { ServingError } from '../errors.ts';
import { beyond } from './strings.ts';
import { elementBytes, elementsOf, fitsShape, type Tensor, type TensorSpec } from './tensor.ts';
import { textFault } from './text-check.ts';

/** A tensor of a request, and where in the body it is. */
export interface GivenTensor extends Tensor {
  /** JSON pointer, for errors. */
  readonly pointer?: string;
}

/**
 * Returns the tensors in the order of `specs`, one for each.
 * @throws ServingError BAD_FIELD for a name that is unknown, missing or there twice, or a value that is none of the type;
 *   BAD_SHAPE for another data type, shape or number of bytes
 */
export function fitted(
  tensors: readonly GivenTensor[],
  specs: readonly TensorSpec[],
): readonly GivenTensor[] {
  const byName = new Map<string, GivenTensor>();
  for (const tensor of tensors) {
    const { name, pointer } = tensor;
    if (byName.has(name)) throw refusal('BAD_FIELD', `The input ${name} is there twice.`, pointer);
    byName.set(name, tensor);
  }
  const unknown = tensors.find(({ name }) => !specs.some((spec) => spec.name === name));
  if (unknown !== undefined) {
    const names = specs.map(({ name }) => name).join(', ');
    const message = `The model has no input ${shortened(unknown.name)}; it has ${names}.`;
    throw refusal('BAD_FIELD', message, unknown.pointer);
  }
  return specs.map((spec) => {
    const tensor = byName.get(spec.name);
    if (tensor === undefined) throw refusal('BAD_FIELD', `The input ${spec.name} is missing.`, undefined);
    check(tensor, spec);
    return tensor;
  });
}

function check({ name, datatype, shape, data, pointer }: GivenTensor, spec: TensorSpec): void {
  if (datatype !== spec.datatype) {
    throw refusal('BAD_SHAPE', `The input ${name} is ${spec.datatype}, not ${datatype}.`, pointer);
  }
  // A shape without axes may be one that the file does not say: onnxruntime knows.
  if (spec.shape.length > 0 && !fitsShape(shape, spec.shape)) {
    const message = `The input ${name} has the shape [${spec.shape.join()}] (-1: any length), not [${shape.join()}].`;
    throw refusal('BAD_SHAPE', message, pointer);
  }
  const count = elementsOf(shape);
  if (!Number.isSafeInteger(count) || shape.some((length) => !Number.isInteger(length) || length < 0)) {
    throw refusal(
      'BAD_SHAPE',
      `The input ${name} has no shape that a tensor can have: [${shape.join()}].`,
      pointer,
    );
  }
  if (datatype === 'BYTES') return checkTexts(name, count, data, pointer);
  const bytes = count * elementBytes(datatype);
  if (data.byteLength !== bytes) {
    const message = `The input ${name} of shape [${shape.join()}] has ${bytes} bytes in ${datatype}, not ${data.byteLength}.`;
    throw refusal('BAD_SHAPE', message, pointer);
  }
  if (datatype === 'BOOL' && !isBooleans(data)) {
    throw refusal('BAD_FIELD', `The input ${name} is of booleans: each byte must be 0 or 1.`, pointer);
  }
}

/** A loop: with some() 20 MiB of booleans take 300 ms, not 30. */
function isBooleans(data: Uint8Array): boolean {
  for (let at = 0; at < data.length; at++) if (data[at]! > 1) return false;
  return true;
}

/** onnxruntime takes texts: bytes that are none would be lost, and those behind a zero byte too. */
function checkTexts(name: string, count: number, data: Uint8Array, pointer: string | undefined): void {
  const fault = textFault(data, count);
  if (fault === undefined) return;
  switch (fault.kind) {
    case 'damaged': {
      const message = `The input ${name} is damaged: ${beyond(fault.index, fault.length)}.`;
      throw refusal('BAD_SHAPE', message, pointer);
    }
    case 'count': {
      const message = `The input ${name} has ${count} elements by its shape, and others by its bytes.`;
      throw refusal('BAD_SHAPE', message, pointer);
    }
    case 'text': {
      const message = `Element ${fault.index} of the input ${name} is no text: it must be UTF-8 without zero bytes.`;
      throw refusal('BAD_FIELD', message, pointer);
    }
  }
}

const MAX_NAME = 100;

const shortened = (name: string): string => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name);

const refusal = (
  code: 'BAD_FIELD' | 'BAD_SHAPE',
  message: string,
  pointer: string | undefined,
): ServingError => new ServingError(code, message, pointer === undefined ? {} : { pointer });
