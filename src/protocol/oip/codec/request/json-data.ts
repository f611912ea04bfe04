/**
 * The `data` of an input: a flat list of its elements in row-major order, or lists nested as its shape. How many there are is
 * compared with the shape before memory is taken.
 */
import { ServingError } from '../../../../errors.ts';
import { hasJsonForm, misfitOf, putElements } from '../../../../tensor/json-elements.ts';
import { bytesOfElements, bytesOfTexts } from '../../../../tensor/strings.ts';
import { allocate, elementsOf, type Datatype, type TensorView } from '../../../../tensor/tensor.ts';
import { strictBase64 } from '../../../base64.ts';
import { pointerTo } from '../../../pointer.ts';
import { badField, type Path } from './members.ts';

export interface JsonData {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: unknown;
  /** Texts of BYTES are base64, as `content_type` says. */
  readonly base64: boolean;
  /** The place of `data`. */
  readonly path: Path;
  /** The same data with integers beyond 2^53 as bigints. */
  readonly exact: () => unknown;
}

/** The elements as in src/tensor/tensor.ts. @throws ServingError BAD_FIELD or BAD_SHAPE, with a pointer */
export function bytesOfData(given: JsonData): Uint8Array {
  const { datatype, shape, path } = given;
  if (!hasJsonForm(datatype)) {
    throw badField(`${datatype} has no form in JSON: send it as binary data, with binary_data_size.`, path);
  }
  const leaves = leavesOf(given.data, shape, path);
  if (datatype === 'BYTES') return bytesOfLeaves(leaves, given.base64);
  const view = allocate(datatype, elementsOf(shape));
  const bad = fill(view, leaves, datatype);
  if (bad !== undefined) {
    const value = bad.list[bad.index];
    const inexact = view.BYTES_PER_ELEMENT === 8 && Number.isInteger(value) && !Number.isSafeInteger(value);
    if (!inexact || datatype === 'FP64') throw unfit(datatype, bad);
    const again = fill(view, leavesOf(given.exact(), shape, path), datatype);
    if (again !== undefined) throw unfit(datatype, again);
  }
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** A list without lists in it, and its place. */
interface Leaf {
  readonly list: readonly unknown[];
  readonly path: Path;
}

interface BadElement extends Leaf {
  readonly index: number;
}

function leavesOf(data: unknown, shape: readonly number[], path: Path): readonly Leaf[] {
  // A scalar may stand without a list.
  const list = Array.isArray(data) || shape.length > 0 ? data : [data];
  if (!Array.isArray(list)) throw badField('data must be a list.', path);
  const flat = list as readonly unknown[];
  if (shape.length > 1 && Array.isArray(flat[0])) return nested(flat, shape, path, []);
  const count = elementsOf(shape);
  if (flat.length === count) return [{ list: flat, path }];
  const message = `The shape [${shape.join()}] has ${count} elements, and data ${flat.length}.`;
  throw new ServingError('BAD_SHAPE', message, { pointer: pointerTo(...path) });
}

function nested(value: unknown, shape: readonly number[], path: Path, leaves: Leaf[]): readonly Leaf[] {
  const [length, ...rest] = shape;
  if (!Array.isArray(value) || value.length !== length) {
    const found = Array.isArray(value) ? `has ${value.length}` : 'is no list';
    const message = `A list of ${length} is expected here, as the shape says; this ${found}.`;
    throw new ServingError('BAD_SHAPE', message, { pointer: pointerTo(...path) });
  }
  if (rest.length === 0) leaves.push({ list: value as readonly unknown[], path });
  else for (let i = 0; i < value.length; i++) nested(value[i], rest, [...path, i], leaves);
  return leaves;
}

function fill(view: TensorView, leaves: readonly Leaf[], datatype: Datatype): BadElement | undefined {
  let at = 0;
  for (const { list, path } of leaves) {
    const index = putElements(view, at, list, datatype);
    if (index >= 0) return { list, path, index };
    at += list.length;
  }
  return undefined;
}

function bytesOfLeaves(leaves: readonly Leaf[], base64: boolean): Uint8Array {
  for (const { list, path } of leaves) {
    const index = list.findIndex((value) => typeof value !== 'string');
    if (index >= 0) throw unfit('BYTES', { list, path, index });
  }
  if (!base64) return bytesOfTexts(leaves.flatMap(({ list }) => list as readonly string[]));
  return bytesOfElements(
    leaves.flatMap(({ list, path }) =>
      list.map((text, index) => {
        const bytes = strictBase64(text as string);
        if (bytes !== undefined) return bytes;
        const pointer = pointerTo(...path, index);
        throw new ServingError('BAD_BASE64', 'The text is not base64.', { pointer });
      }),
    ),
  );
}

function unfit(datatype: Datatype, { path, index }: BadElement): ServingError {
  return badField(misfitOf(datatype), [...path, index]);
}
