import t from 'tap';
import { imageMisfit } from '../../src/image/model-input.ts';
import type { TensorSpec } from '../../src/tensor/tensor.ts';

const preprocess = { resize: 256, crop: 224, filter: 'bicubic' } as const;
const half = [0.5, 0.5, 0.5];
const normalised = { ...preprocess, mean: half, std: half };
const input = (datatype: TensorSpec['datatype'], ...shape: number[]): TensorSpec => ({
  name: 'x',
  datatype,
  shape,
});

t.test('takes bytes and floats, with the channels first or last', (t) => {
  t.equal(imageMisfit(input('UINT8', 224, 224, 3), preprocess), undefined);
  t.equal(imageMisfit(input('UINT8', 3, 224, 224), preprocess), undefined);
  t.equal(imageMisfit(input('FP32', 224, 224, 3), preprocess), undefined);
  t.equal(imageMisfit(input('FP32', 3, 224, 224), normalised), undefined);
  t.equal(imageMisfit(input('FP32', 3, 3, 3), { ...preprocess, crop: 3 }), undefined);
  t.end();
});

const misfits: [string, TensorSpec, string][] = [
  [
    'a smaller square',
    input('FP32', 3, 64, 64),
    '/preprocess/crop is 224, but input x takes 64 x 64 pixels: set crop to 64, and resize to 73 to see as much of the image',
  ],
  [
    'a larger square',
    input('UINT8', 299, 299, 3),
    '/preprocess/crop is 224, but input x takes 299 x 299 pixels: set crop to 299, and resize to 342 to see as much of the image',
  ],
  [
    'a rectangle',
    input('FP32', 3, 240, 320),
    '/preprocess is for squares, but input x takes 320 x 240 pixels: leave preprocess out and send rows',
  ],
  [
    'one channel',
    input('FP32', 1, 224, 224),
    '/preprocess is for images of 3 channels, but a row of input x has the shape [1, 224, 224], not [224, 224, 3] or [3, 224, 224]: leave preprocess out and send rows',
  ],
  [
    'another rank',
    input('FP32', 784),
    '/preprocess is for images of 3 channels, but a row of input x has the shape [784], not [224, 224, 3] or [3, 224, 224]: leave preprocess out and send rows',
  ],
  [
    'another type',
    input('INT64', 3, 224, 224),
    '/preprocess gives UINT8 or FP32, but input x is INT64: leave preprocess out and send rows',
  ],
];
for (const [what, spec, sentence] of misfits) {
  t.test(`says what to change for an input of ${what}`, (t) => {
    t.equal(imageMisfit(spec, preprocess), sentence);
    t.end();
  });
}

t.test('says that bytes are not normalised', (t) => {
  t.equal(
    imageMisfit(input('UINT8', 224, 224, 3), normalised),
    '/preprocess/mean and std are for FP32 inputs, but input x is UINT8: leave both out',
  );
  t.end();
});
