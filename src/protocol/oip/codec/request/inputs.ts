/**
 * The inputs of a request: each has its elements in the JSON text, or among the bytes behind it. Those are views of the body:
 * nothing is copied.
 */
import { ServingError } from '../../../../errors.ts';
import type { GivenTensor } from '../../../../tensor/fit.ts';
import { DATATYPE_NAMES, elementBytes, elementsOf, type Datatype } from '../../../../tensor/tensor.ts';
import { pointerTo } from '../../../pointer.ts';
import type { JsonText } from './exact-json.ts';
import { HEADER_LENGTH } from '../framing.ts';
import { bytesOfData } from './json-data.ts';
import { badField, Members, shortName, type Path } from './members.ts';
import { shapeOf } from './shape.ts';

/** More than any model has. */
const MOST_INPUTS = 1000;

/** @throws ServingError BAD_FIELD, BAD_SHAPE, BAD_BASE64 or BODY_TOO_LARGE, with a pointer */
export function inputsOf(json: JsonText, body: Members, binary: Buffer | undefined): readonly GivenTensor[] {
  const list = body.list('inputs');
  if (list === undefined || list.length === 0) throw body.bad('inputs', 'must have at least one input');
  if (list.length > MOST_INPUTS) throw body.bad('inputs', `may have ${MOST_INPUTS} inputs at most`);
  const inputs = list.map((value, index) => new Members(value, ['inputs', index]));
  refuseTwice(inputs);
  const bytes = new BinaryPart(binary);
  const tensors = inputs.map((input, index) =>
    tensorOf(input, bytes, { alone: list.length === 1, exact: () => dataAt(json.exact, index) }),
  );
  bytes.end();
  return tensors;
}

interface Place {
  /** Whether it is the only input: it may have all bytes without saying how many. */
  readonly alone: boolean;
  readonly exact: () => unknown;
}

function tensorOf(input: Members, bytes: BinaryPart, { alone, exact }: Place): GivenTensor {
  const name = input.requiredText('name');
  const datatype = datatypeOf(input);
  const shape = shapeOf(input);
  const parameters = input.object('parameters');
  refuseSharedMemory(parameters);
  const size = parameters.count('binary_data_size');
  const given = input.value('data');
  const path = [...input.path, 'data'];
  if (given !== undefined && size !== undefined) {
    throw input.bad('data', 'and binary_data_size are both there');
  }
  if (given !== undefined) {
    const base64 = parameters.value('content_type') === 'base64';
    const data = bytesOfData({ datatype, shape, data: given, base64, path, exact });
    return { name, datatype, shape, data, pointer: pointerTo(...input.path) };
  }
  if (size === undefined && !(alone && bytes.there)) {
    throw input.bad('data', 'is missing, and there is no binary_data_size either');
  }
  const data = bytes.take(size ?? bytes.left, input.path);
  requireSize(datatype, shape, data.length, input.path);
  return { name, datatype, shape, data, pointer: pointerTo(...input.path) };
}

function datatypeOf(input: Members): Datatype {
  const given = input.requiredText('datatype');
  const datatype = DATATYPE_NAMES.find((name) => name === given);
  if (datatype !== undefined) return datatype;
  throw input.bad('datatype', `is none of ${DATATYPE_NAMES.join(', ')}`);
}

function requireSize(datatype: Datatype, shape: readonly number[], size: number, path: Path): void {
  if (datatype === 'BYTES') return; // Its elements have lengths of their own.
  const bytes = elementsOf(shape) * elementBytes(datatype);
  if (bytes === size) return;
  const message = `The shape [${shape.join()}] has ${bytes} bytes in ${datatype}, and binary_data_size is ${size}.`;
  throw new ServingError('BAD_SHAPE', message, { pointer: pointerTo(...path) });
}

function refuseTwice(inputs: readonly Members[]): void {
  const names = new Set<string>();
  for (const input of inputs) {
    const name = input.requiredText('name');
    if (names.has(name))
      throw badField(`The input ${shortName(name)} is there twice.`, [...input.path, 'name']);
    names.add(name);
  }
}

function refuseSharedMemory(parameters: Members): void {
  if (parameters.value('shared_memory_region') === undefined) return;
  throw parameters.bad('shared_memory_region', 'is not served: send the data with the request');
}

/** The `data` of an input in another parse of the same text, whose structure is known to be right. */
const dataAt = (body: unknown, index: number): unknown =>
  (body as { readonly inputs: readonly { readonly data: unknown }[] }).inputs[index]!.data;

/** The bytes behind the JSON text, taken in the order of the inputs. */
class BinaryPart {
  readonly #bytes: Buffer | undefined;
  #at = 0;

  constructor(bytes: Buffer | undefined) {
    this.#bytes = bytes;
  }

  /** Whether there are any that were not taken. */
  get there(): boolean {
    return this.left > 0;
  }

  get left(): number {
    return (this.#bytes?.length ?? 0) - this.#at;
  }

  take(size: number, path: Path): Buffer {
    if (this.#bytes === undefined) {
      const message = `Binary data needs the header ${HEADER_LENGTH}, which says where the JSON ends.`;
      throw badField(message, [...path, 'parameters', 'binary_data_size']);
    }
    if (size > this.left) {
      const message = `binary_data_size is ${size}, and ${this.left} bytes are left of the body.`;
      throw new ServingError('BAD_SHAPE', message, { pointer: pointerTo(...path) });
    }
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  end(): void {
    if (this.left === 0) return;
    throw new ServingError('BAD_SHAPE', `${this.left} bytes follow those of the inputs.`);
  }
}
