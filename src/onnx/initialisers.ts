/**
 * Where the constants of an ONNX model lie, byte by byte, so that a copy with other values of the same shapes can be made
 * without understanding the rest of the model: floats are overwritten, and no length changes. Reads the protocol buffers
 * of onnx.proto as far as that needs; of each initialiser of the main graph it knows name, shape and place.
 */
import { FLOAT, GRAPH, MODEL } from './fields.ts';
import { broken, BYTES, fieldsIn, numbersOf, textOf, type Field } from './wire.ts';

/** Where the elements of an initialiser are, in bytes. */
export interface Place {
  /** The file as the model names it; undefined: the model itself. */
  readonly location: string | undefined;
  readonly offset: number;
  readonly length: number;
}

export interface Initialiser {
  readonly name: string;
  readonly shape: readonly number[];
  /** Undefined for one whose elements are not 32-bit floats that lie together. */
  readonly floats: Place | undefined;
}

/** Fields of a tensor. */
const DIMS = 1;
const DATA_TYPE = 2;
const FLOAT_DATA = 4;
const NAME = 8;
const RAW_DATA = 9;
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;

const FLOAT_BYTES = 4;
const MAX_AXES = 16;

/** The initialisers of the main graph, in its order. @throws ExternalDataError where the bytes are no such model */
export function initialisersIn(bytes: Uint8Array): readonly Initialiser[] {
  const found: Initialiser[] = [];
  let graphs = 0;
  for (const field of fieldsIn(bytes, 0, bytes.byteLength)) {
    if (field.number !== MODEL.graph || field.wire !== BYTES) continue;
    graphs++; // A second one is joined with the first by every parser of protocol buffers.
    for (const inner of fieldsIn(bytes, field.start, field.end)) {
      if (inner.number === GRAPH.constant && inner.wire === BYTES) found.push(tensorAt(bytes, inner));
    }
  }
  if (graphs === 0) throw broken('it has no graph');
  return found;
}

/** A copy of the bytes with other floats at their places; all of the places are in the model itself. */
export function withFloats(bytes: Uint8Array, changes: readonly (readonly [Place, Float32Array])[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [{ offset, length }, floats] of changes) {
    if (floats.byteLength !== length) throw new RangeError(`${floats.byteLength} bytes for ${length}`);
    copy.set(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength), offset);
  }
  return copy;
}

/** The tensor whose message is that field. @throws ExternalDataError */
export function tensorAt(bytes: Uint8Array, { start, end }: Field): Initialiser {
  const shape: number[] = [];
  let [name, type, outside] = ['', 0, false];
  let place: { offset: number; length: number } | undefined;
  let scattered = false;
  const external = new Map<string, string>();
  for (const field of fieldsIn(bytes, start, end)) {
    switch (field.number) {
      case DIMS:
        shape.push(...numbersOf(bytes, field, MAX_AXES));
        if (shape.length > MAX_AXES) throw broken(`more than ${MAX_AXES} axes`);
        break;
      case DATA_TYPE:
        type = field.value;
        break;
      case NAME:
        name = textOf(bytes, field);
        break;
      case FLOAT_DATA:
      case RAW_DATA:
        // A list that is not packed has a tag before each number; one in several parts has other bytes between.
        if (field.wire !== BYTES || place !== undefined) scattered = true;
        place = { offset: field.start, length: field.end - field.start };
        break;
      case EXTERNAL_DATA:
        if (field.wire === BYTES) external.set(...entryOf(bytes, field));
        break;
      case DATA_LOCATION:
        outside = field.value === 1;
        break;
    }
  }
  const length = shape.reduce((product, side) => product * side, FLOAT_BYTES);
  if (type !== FLOAT || scattered) return { name, shape, floats: undefined };
  if (outside) return { name, shape, floats: placeOutside(external, length) };
  if (place === undefined || place.length !== length) return { name, shape, floats: undefined };
  return { name, shape, floats: { location: undefined, ...place } };
}

function placeOutside(external: ReadonlyMap<string, string>, length: number): Place | undefined {
  const location = external.get('location');
  const offset = Number(external.get('offset') ?? 0);
  const said = Number(external.get('length') ?? length);
  const usable = location !== undefined && Number.isSafeInteger(offset) && offset >= 0 && said === length;
  return usable ? { location, offset, length } : undefined;
}

function entryOf(bytes: Uint8Array, { start, end }: Field): [key: string, value: string] {
  let [key, value] = ['', ''];
  for (const field of fieldsIn(bytes, start, end)) {
    if (field.number === 1) key = textOf(bytes, field);
    if (field.number === 2) value = textOf(bytes, field);
  }
  return [key, value];
}
