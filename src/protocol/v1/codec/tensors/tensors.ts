/**
 * Rows for models without image preprocessing: raw bytes for the one input, or JSON nested lists
 * `{"inputs": {"x": [[…], …]}}` of [rows, ...shape]. Shapes are checked before memory is taken, so a small body
 * cannot ask for a large tensor. Values are never rounded into range: what does not fit is refused.
 */
import { ServingError } from '../../../../errors.ts';
import type { Datatype, TensorSpec, TensorView } from '../../../../tensor/tensor.ts';
import { allocate, bytesPerRow, elementsPerRow } from '../../../../tensor/tensor.ts';
import { parseJson } from '../../../json-text.ts';
import { pointerTo } from '../../../pointer.ts';
import type { TensorsRequest } from '../../../../task/tensors.ts';

/** What a JSON number must be for each data type; the rest has a rule of its own. */
const RANGES: Partial<Record<Datatype, { min: number; max: number; integer: boolean }>> = {
  UINT8: { min: 0, max: 2 ** 8 - 1, integer: true },
  INT8: { min: -(2 ** 7), max: 2 ** 7 - 1, integer: true },
  UINT16: { min: 0, max: 2 ** 16 - 1, integer: true },
  INT16: { min: -(2 ** 15), max: 2 ** 15 - 1, integer: true },
  UINT32: { min: 0, max: 2 ** 32 - 1, integer: true },
  INT32: { min: -(2 ** 31), max: 2 ** 31 - 1, integer: true },
  // The last double below 2^128 - 2^103, from where on rounding to 32 bits gives infinity.
  FP32: { min: -3.4028235677973362e38, max: 3.4028235677973362e38, integer: false },
  // JSON has no infinity, but 1e999 is parsed as one.
  FP64: { min: -Number.MAX_VALUE, max: Number.MAX_VALUE, integer: false },
};
const RANGES_64: Partial<Record<Datatype, { min: bigint; max: bigint }>> = {
  INT64: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  UINT64: { min: 0n, max: 2n ** 64n - 1n },
};
const INTEGER_TEXT = /^-?\d{1,20}$/;

/**
 * A body of raw little-endian rows for the model's one input; not copied.
 * @throws ServingError EMPTY_BODY, or BAD_SHAPE when it is no whole number of rows or holds a bad boolean
 */
export function decodeRawRows(body: Uint8Array, spec: TensorSpec): TensorsRequest {
  if (body.length === 0) throw new ServingError('EMPTY_BODY', 'The body is empty: it must be rows.');
  const rows = body.length / bytesPerRow(spec);
  if (!Number.isInteger(rows)) {
    throw new ServingError(
      'BAD_SHAPE',
      `The body has ${body.length} bytes; a row of ${spec.name} has ${bytesPerRow(spec)}, and rows must be whole.`,
    );
  }
  if (spec.datatype === 'BOOL' && body.some((byte) => byte > 1)) {
    throw new ServingError('BAD_SHAPE', `${spec.name} is of booleans: each byte must be 0 or 1.`);
  }
  return { rows, inputs: [body] };
}

/**
 * A JSON body with every input of the model, all with the same number of rows. 64-bit integers may be strings.
 * @throws ServingError BAD_JSON; BAD_FIELD for a name or a value; BAD_SHAPE for a length; with a pointer
 */
export function decodeJsonTensors(body: Buffer, specs: readonly TensorSpec[]): TensorsRequest {
  const lists = namedLists(parseJson(body), specs);
  const rows = lists[0]?.length ?? 0;
  const inputs = specs.map((spec, i) => {
    const list = lists[i] as unknown[];
    const path = ['inputs', spec.name];
    if (rows === 0)
      throw new ServingError('EMPTY_BODY', 'There are no rows.', { pointer: pointerTo(...path) });
    checkShape(list, [rows, ...spec.shape], path);
    const view = allocate(spec.datatype, rows * elementsPerRow(spec));
    fill(view, 0, list, spec, path);
    return new Uint8Array(view.buffer);
  });
  return { rows, inputs };
}

function namedLists(value: unknown, specs: readonly TensorSpec[]): unknown[][] {
  const body = members(value, []);
  for (const name of Object.keys(body)) {
    if (name !== 'inputs') throw fieldError('The body may only have the member inputs.', [name]);
  }
  const inputs = members(body['inputs'], ['inputs']);
  for (const name of Object.keys(inputs)) {
    if (!specs.some((spec) => spec.name === name)) {
      const known = specs.map((spec) => spec.name).join(', ');
      throw fieldError(`The model has no such input; it has ${known}.`, ['inputs', name]);
    }
  }
  return specs.map(({ name }) => {
    const list = inputs[name];
    if (!Array.isArray(list)) throw fieldError(`The input ${name} must be a list of rows.`, ['inputs', name]);
    return list as unknown[];
  });
}

function members(value: unknown, path: readonly string[]): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw fieldError(
    'An object with one list of rows for each input is expected: {"inputs": {"x": [[…]]}}.',
    path,
  );
}

type Path = readonly (string | number)[];

/** Walks the lists, not their elements. */
function checkShape(value: unknown, shape: readonly number[], path: Path): void {
  const [side, ...rest] = shape;
  if (!Array.isArray(value) || value.length !== side) {
    const found = Array.isArray(value) ? `has ${value.length} elements` : 'is not a list';
    throw new ServingError('BAD_SHAPE', `A list of ${side} elements is expected; this ${found}.`, {
      pointer: pointerTo(...path),
    });
  }
  if (rest.length > 0) value.forEach((each, i) => checkShape(each, rest, [...path, i]));
}

/** Puts `list`, whose shape has been checked, into `view` from `at` on, in the order of memory. */
function fill(view: TensorView, at: number, list: readonly unknown[], spec: TensorSpec, path: Path): number {
  const { datatype } = spec;
  if (path.length < spec.shape.length + 2) {
    return list.reduce<number>((end, each, i) => fill(view, end, each as unknown[], spec, [...path, i]), at);
  }
  const range = RANGES[datatype];
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (range === undefined) {
      view[at + i] = special(value, datatype, path, i);
    } else if (
      typeof value === 'number' &&
      value >= range.min &&
      value <= range.max &&
      (!range.integer || Number.isInteger(value))
    ) {
      view[at + i] = value;
    } else {
      throw unfit(datatype, path, i);
    }
  }
  return at + list.length;
}

/** Booleans, and integers of 64 bits: numbers as far as a double is exact, strings beyond. */
function special(value: unknown, datatype: Datatype, path: Path, i: number): number | bigint {
  if (datatype === 'BOOL' && typeof value === 'boolean') return value ? 1 : 0;
  const range = RANGES_64[datatype];
  if (
    range !== undefined &&
    (Number.isSafeInteger(value) || (typeof value === 'string' && INTEGER_TEXT.test(value)))
  ) {
    const integer = BigInt(value as number | string);
    if (integer >= range.min && integer <= range.max) return integer;
  }
  throw unfit(datatype, path, i);
}

function unfit(datatype: Datatype, path: Path, i: number): ServingError {
  const hint = RANGES_64[datatype] === undefined ? '' : ' (beyond 2^53, send a string)';
  return fieldError(`The value does not fit ${datatype}${hint}.`, [...path, i]);
}

const fieldError = (message: string, path: Path): ServingError =>
  new ServingError('BAD_FIELD', message, { pointer: pointerTo(...path) });
