/** The tensors of a client for a graph whose pixel input was taken off: bytes become the floats that it reads now. */
import { elementsOf } from '../../src/tensor/tensor.ts';
import { lookUp } from '../image/normalise.ts';
import { tablesOf } from '../image/pixel-steps.ts';
import type { Value } from '../values.ts';
import type { PixelInput } from './pixel-input.ts';

/** Floats that are kept for the next batch: some six images of 224 x 224. */
const KEPT = 1024 * 1024;

/** What converts values of the input; others, and those that are floats already, stay as they are. */
export function converterOf({ from, to, steps }: PixelInput): (value: Value) => Value {
  const tables = tablesOf(steps);
  const write = from === 'NCHW' ? planeByPlane(tables) : lookUp([...tables], to === 'NCHW');
  let kept = new Float32Array(0);
  return (value) => {
    const { datatype, shape, data } = value;
    if (datatype !== 'UINT8' || shape.length !== 4) return value;
    const pixels = data as Uint8Array;
    const rowElements = elementsOf(shape.slice(1));
    if (kept.length < pixels.length) kept = new Float32Array(pixels.length);
    const floats = kept.subarray(0, pixels.length);
    if (kept.length > KEPT) kept = new Float32Array(0);
    for (let at = 0; at < pixels.length; at += rowElements) {
      const row = pixels.subarray(at, at + rowElements);
      // Four pixels are read as words.
      write(row.byteOffset % 4 === 0 ? row : row.slice(), floats.subarray(at, at + rowElements));
    }
    const [rows, height, width, channels] = shape as [number, number, number, number];
    return { datatype: 'FP32', shape: from === to ? shape : [rows, channels, height, width], data: floats };
  };
}

const planeByPlane =
  (tables: readonly Float32Array[]) =>
  (pixels: Uint8Array, row: Uint8Array | Float32Array): void => {
    const count = pixels.length / tables.length;
    for (const [channel, table] of tables.entries()) {
      for (let at = channel * count; at < (channel + 1) * count; at++) row[at] = table[pixels[at]!]!;
    }
  };
