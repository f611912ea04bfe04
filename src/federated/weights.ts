/** The floats of a round: those that clients begin from, and those of an update, which have the same names and shapes. Pure. */
import { ServingError } from '../errors.ts';
import { readSafetensors, SafetensorsError, type SafeTensor } from '../tensor/safetensors.ts';

export interface TensorShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Floats {
  /** By name. */
  readonly tensors: readonly SafeTensor[];
  /** Euclidean norm of all elements. */
  readonly norm: number;
}

/** Tensors of one round. */
const MAX_TENSORS = 1000;
const FLOAT_BYTES = 4;

/** Elements of all tensors. */
export const elementsIn = (shapes: readonly TensorShape[]): number =>
  shapes.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);

/** @throws ServingError UPDATE_REFUSED unless the bytes are floats that are finite */
export function floatsIn(bytes: Uint8Array): Floats {
  const tensors = tensorsIn(bytes).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (tensors.length === 0 || tensors.length > MAX_TENSORS)
    throw refused(`it has ${tensors.length} tensors, and takes 1 to ${MAX_TENSORS}`);
  let squares = 0;
  for (const { name, dtype, data } of tensors) {
    if (dtype !== 'F32') throw refused(`${shown(name)} is ${dtype}, not F32`);
    if (data.byteLength === 0) throw refused(`${shown(name)} has no elements`);
    squares += squaresOf(data);
    if (!Number.isFinite(squares)) throw refused(`${shown(name)} has NaN or an infinity`);
  }
  return { tensors, norm: Math.sqrt(squares) };
}

/** The same, of the names and shapes of the round. @throws ServingError UPDATE_REFUSED */
export function updateIn(bytes: Uint8Array, expected: readonly TensorShape[]): Floats {
  const floats = floatsIn(bytes);
  for (const [index, { name, shape }] of expected.entries()) {
    const tensor = floats.tensors[index];
    if (tensor?.name !== name)
      throw refused(`it has to have ${expected.map((each) => each.name).join(', ')}`);
    if (tensor.shape.join() !== shape.join())
      throw refused(
        `${shown(name)} has the shape [${tensor.shape.join()}], and has to have [${shape.join()}]`,
      );
  }
  if (floats.tensors.length > expected.length)
    throw refused(`${shown(floats.tensors[expected.length]!.name)} is no tensor of this round`);
  return floats;
}

/** Floats of all tensors, one after the other, as tensors again. */
export function tensorsOf(floats: Float32Array, shapes: readonly TensorShape[]): SafeTensor[] {
  let at = 0;
  return shapes.map(({ name, shape }) => {
    const count = elementsIn([{ name, shape }]);
    const data = new Uint8Array(floats.buffer, floats.byteOffset + at * FLOAT_BYTES, count * FLOAT_BYTES);
    at += count;
    return { name, dtype: 'F32', shape, data };
  });
}

/** The sum of the squares; NaN or infinite where an element is. */
function squaresOf(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let sum = 0;
  for (let at = 0; at < data.byteLength; at += FLOAT_BYTES) sum += view.getFloat32(at, true) ** 2;
  return sum;
}

function tensorsIn(bytes: Uint8Array): readonly SafeTensor[] {
  try {
    return readSafetensors(bytes).tensors;
  } catch (error) {
    if (error instanceof SafetensorsError) throw refused(`as safetensors it is not valid: ${error.message}`);
    throw error;
  }
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 100));

const refused = (why: string): ServingError =>
  new ServingError('UPDATE_REFUSED', `The update is not taken: ${why}.`);
