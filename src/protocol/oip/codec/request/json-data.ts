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
  const elements = elementsOfData(given.data, shape, path);
  if (datatype === 'BYTES') return bytesOfTextElements(elements, given.base64);
  const view = allocate(datatype, elementsOf(shape));
  let bad = putElements(view, 0, elements.list, datatype);
  if (bad < 0) return bytesOf(view);
  const value = elements.list[bad];
  const inexact = Number.isInteger(value) && !Number.isSafeInteger(value);
  if (inexact && (datatype === 'INT64' || datatype === 'UINT64')) {
    bad = putElements(view, 0, elementsOfData(given.exact(), shape, path).list, datatype);
    if (bad < 0) return bytesOf(view);
  }
  throw badField(misfitOf(datatype), elements.pathOf(bad));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: TensorView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

interface Elements {
  /** In the order of memory. */
  readonly list: readonly unknown[];
  readonly pathOf: (index: number) => Path;
}

function elementsOfData(data: unknown, shape: readonly number[], path: Path): Elements {
  // A scalar may stand without a list.
  const list: unknown = Array.isArray(data) || shape.length > 0 ? data : [data];
  if (!Array.isArray(list)) throw badField('data must be a list.', path);
  const flat = list as readonly unknown[];
  if (shape.length > 1 && Array.isArray(flat[0])) return nestedElements(flat, shape, path);
  const count = elementsOf(shape);
  if (flat.length === count) return { list: flat, pathOf: (index) => [...path, index] };
  const message = `The shape [${shape.join()}] has ${count} elements, and data ${flat.length}.`;
  throw new ServingError('BAD_SHAPE', message, { pointer: pointerTo(...path) });
}

function nestedElements(data: readonly unknown[], shape: readonly number[], path: Path): Elements {
  const list: unknown[] = [];
  /** Where the walk is, an index for each axis above the list. */
  const place: number[] = [];
  const walk = (value: unknown, axis: number): void => {
    const length = shape[axis]!;
    if (!Array.isArray(value) || value.length !== length) {
      const found = Array.isArray(value) ? `has ${value.length}` : 'is no list';
      const message = `A list of ${length} is expected here, as the shape says; this ${found}.`;
      throw new ServingError('BAD_SHAPE', message, { pointer: pointerTo(...path, ...place) });
    }
    if (axis === shape.length - 1) {
      for (const element of value as readonly unknown[]) list.push(element);
      return;
    }
    for (let index = 0; index < length; index++) {
      place[axis] = index;
      place.length = axis + 1;
      walk(value[index], axis + 1);
    }
  };
  walk(data, 0);
  return { list, pathOf: (index) => [...path, ...indicesOf(index, shape)] };
}

/** The index on each axis of an element by its place in memory. */
function indicesOf(place: number, shape: readonly number[]): readonly number[] {
  let rest = place;
  return shape
    .toReversed()
    .map((length) => {
      const index = rest % length;
      rest = Math.floor(rest / length);
      return index;
    })
    .toReversed();
}

function bytesOfTextElements({ list, pathOf }: Elements, base64: boolean): Uint8Array {
  const bad = list.findIndex((value) => typeof value !== 'string');
  if (bad >= 0) throw badField(misfitOf('BYTES'), pathOf(bad));
  const texts = list as readonly string[];
  const halved = texts.findIndex((text) => !text.isWellFormed());
  if (halved >= 0) throw badField('The text has half of a surrogate pair.', pathOf(halved));
  if (!base64) return bytesOfTexts(texts);
  const elements = texts.map((text, index) => {
    const bytes = strictBase64(text);
    if (bytes !== undefined) return bytes;
    throw new ServingError('BAD_BASE64', 'The text is not base64.', { pointer: pointerTo(...pathOf(index)) });
  });
  return bytesOfElements(elements);
}
