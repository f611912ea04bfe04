import t from 'tap';
import type { Preprocess } from '../../../src/thread/load.ts';
import { allocate, elementsPerRow, type TensorSpec } from '../../../src/tensor/tensor.ts';
import { stepsOf } from '../../../workers/image/pixel-steps.ts';
import { normaliserOf } from '../../../workers/image/normalise.ts';

const mean = [0.485, 0.456, 0.406];
const std = [0.229, 0.224, 0.225];
const { fround } = Math;

/** An odd size, so that it ends in the middle of a group of four pixels. */
const CROP = 5;
const pixels = Uint8Array.from({ length: CROP * CROP * 3 }, (_, index) => (index * 37) & 255);
const preprocess: Preprocess = { resize: CROP, crop: CROP, filter: 'bicubic', mean, std };
const spec = (datatype: TensorSpec['datatype'], shape: readonly number[]): TensorSpec => ({
  name: 'image',
  datatype,
  shape,
});

function written(input: TensorSpec, how: Preprocess = preprocess): number[] {
  const row = allocate(input.datatype, elementsPerRow(input)) as Uint8Array | Float32Array;
  normaliserOf(input, how, stepsOf(how))?.(pixels, row);
  return [...row];
}

/** In single precision after each step, as numpy has it. */
const value = (index: number): number => {
  const scaled = fround((pixels[index] ?? NaN) / 255);
  return fround(fround(scaled - fround(mean[index % 3] ?? NaN)) / fround(std[index % 3] ?? NaN));
};

const inPlanes = (of: (index: number) => number): number[] =>
  [0, 1, 2].flatMap((channel) => Array.from({ length: CROP * CROP }, (_, pixel) => of(3 * pixel + channel)));

t.test('bytes with channels last need no work', (t) => {
  t.equal(normaliserOf(spec('UINT8', [CROP, CROP, 3]), preprocess, []), undefined);
  t.end();
});

t.test('bytes with channels first are put in planes', (t) => {
  t.same(
    written(spec('UINT8', [3, CROP, CROP])),
    inPlanes((index) => pixels[index] ?? NaN),
  );
  t.end();
});

t.test('floats with channels first are what numpy computes', (t) => {
  t.same(written(spec('FP32', [3, CROP, CROP])), inPlanes(value));
  t.end();
});

t.test('floats with channels last are what numpy computes', (t) => {
  const expected = Array.from({ length: pixels.length }, (_, index) => value(index));
  t.same(written(spec('FP32', [CROP, CROP, 3])), expected);
  t.end();
});

t.test('without mean and deviation floats lie between 0 and 1', (t) => {
  const bare: Preprocess = { resize: CROP, crop: CROP, filter: 'bicubic' };
  const expected = inPlanes((index) => fround((pixels[index] ?? NaN) / 255));
  t.same(written(spec('FP32', [3, CROP, CROP]), bare), expected);
  t.end();
});

t.test('an input that no image fits is refused', (t) => {
  for (const input of [
    spec('INT64', [3, CROP, CROP]),
    spec('FP32', [1, CROP, CROP]),
    spec('FP32', [3, CROP, CROP + 1]),
    spec('UINT8', [75]),
  ]) {
    t.throws(() => normaliserOf(input, preprocess, []), { code: 'INTERNAL' });
  }
  t.end();
});
