/**
 * From the crop's RGB bytes to one row of the input tensor: interleaved (HWC) or in planes (CHW), as bytes or as
 * what some steps make of them. Each value is looked up in a table of 256, computed in single precision as numpy
 * and torchvision do, so the floats are theirs bit for bit. Pure.
 */
import { ServingError } from '../../src/errors.ts';
import type { Preprocess } from '../../src/thread/load.ts';
import type { TensorSpec } from '../../src/tensor/tensor.ts';
import { tablesOf, type PixelSteps } from './pixel-steps.ts';

type Values = Uint8Array | Float32Array;

/** Writes one row. `pixels` must begin at an address that four divides. */
export type Normalise = (pixels: Uint8Array, row: Values) => void;

interface Tables {
  readonly red: Values;
  readonly green: Values;
  readonly blue: Values;
}

/**
 * How the crop becomes a row of `input`; undefined when it already is one (uint8, HWC). `steps`: for float inputs.
 * @throws ServingError INTERNAL for an input that no image fits, which imageMisfit() has refused when it was loaded
 */
export function normaliserOf(
  input: TensorSpec,
  { crop }: Pick<Preprocess, 'crop'>,
  steps: PixelSteps,
): Normalise | undefined {
  const planar = matches(input.shape, [3, crop, crop]);
  if ((!planar && !matches(input.shape, [crop, crop, 3])) || !['UINT8', 'FP32'].includes(input.datatype)) {
    throw new ServingError('INTERNAL', `This is a bug: no image is a row of input ${input.name}.`);
  }
  if (input.datatype === 'UINT8') return planar ? lookUp([IDENTITY, IDENTITY, IDENTITY], true) : undefined;
  return lookUp(tablesOf(steps), planar);
}

const matches = (shape: readonly number[], wanted: readonly number[]): boolean =>
  shape.length === wanted.length && shape.every((side, axis) => side === wanted[axis]);

const IDENTITY = Uint8Array.from({ length: 256 }, (_, value) => value);

/** Interleaved pixels to what the tables of R, G and B have for them, interleaved or in planes. */
export function lookUp([red, green, blue]: readonly Values[], planar: boolean): Normalise {
  const tables: Tables = { red: red!, green: green!, blue: blue! };
  return (pixels, row) => (planar ? writePlanes : writeInterleaved)(pixels, row, tables);
}

/**
 * Four pixels, three 32-bit loads, at a step: 0.10 ms for 224 x 224, against 0.24 ms pixel by pixel and 0.16 ms
 * with a multiplication for each value instead of a table.
 */
function writePlanes(pixels: Uint8Array, row: Values, { red, green, blue }: Tables): void {
  const count = pixels.length / 3;
  const whole = count & ~3;
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, (whole * 3) / 4);
  for (let i = 0, word = 0, g = count, b = 2 * count; i < whole; i += 4, g += 4, b += 4, word += 3) {
    const rgbr = words[word] ?? 0;
    const gbrg = words[word + 1] ?? 0;
    const brgb = words[word + 2] ?? 0;
    row[i] = red[rgbr & 255] ?? 0;
    row[i + 1] = red[rgbr >>> 24] ?? 0;
    row[i + 2] = red[(gbrg >>> 16) & 255] ?? 0;
    row[i + 3] = red[(brgb >>> 8) & 255] ?? 0;
    row[g] = green[(rgbr >>> 8) & 255] ?? 0;
    row[g + 1] = green[gbrg & 255] ?? 0;
    row[g + 2] = green[gbrg >>> 24] ?? 0;
    row[g + 3] = green[(brgb >>> 16) & 255] ?? 0;
    row[b] = blue[(rgbr >>> 16) & 255] ?? 0;
    row[b + 1] = blue[(gbrg >>> 8) & 255] ?? 0;
    row[b + 2] = blue[brgb & 255] ?? 0;
    row[b + 3] = blue[brgb >>> 24] ?? 0;
  }
  for (let i = whole; i < count; i++) {
    row[i] = red[pixels[3 * i] ?? 0] ?? 0;
    row[count + i] = green[pixels[3 * i + 1] ?? 0] ?? 0;
    row[2 * count + i] = blue[pixels[3 * i + 2] ?? 0] ?? 0;
  }
}

function writeInterleaved(pixels: Uint8Array, row: Values, { red, green, blue }: Tables): void {
  for (let i = 0; i < pixels.length; i += 3) {
    row[i] = red[pixels[i] ?? 0] ?? 0;
    row[i + 1] = green[pixels[i + 1] ?? 0] ?? 0;
    row[i + 2] = blue[pixels[i + 2] ?? 0] ?? 0;
  }
}
