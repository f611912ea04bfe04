/** Whatever the bytes, the JSON codecs end in a request that keeps its promises or in a ServingError. */
import fc from 'fast-check';
import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import { decodeJsonImages } from '../../src/protocol/v1/codec/images/json.ts';
import { decodeJsonTensors } from '../../src/protocol/v1/codec/tensors/tensors.ts';
import { fitted } from '../../src/tensor/fit.ts';
import type { TensorSpec } from '../../src/tensor/tensor.ts';
import { runs } from './runs.ts';

const limits = { maxImages: 2, classes: 5 };
const specs: readonly TensorSpec[] = [
  { name: 'x', datatype: 'FP32', shape: [-1, 2] },
  { name: 'a/b', datatype: 'INT64', shape: [-1] },
];

const key = fc.constantFrom('image', 'images', 'url', 'top_k', 'inputs', 'x', 'a/b', '__proto__', 'length');
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    'QUJD',
    'data:image/png;base64,QUJD',
    'https://example.org',
    '5',
    1,
    0,
    -1,
    1.5,
    true,
    null,
  ),
  fc.string(),
  fc.double(),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
}));
/** Mostly good, now and then anything. */
const mostly = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 19, arbitrary: good }, { weight: 1, arbitrary: value });
const image = mostly(fc.constantFrom('QUJD', 'QUI', 'data:;base64,QUJD', 'https://example.org', 'data:,'));
const images = fc.oneof(
  fc.record({ image, top_k: mostly(fc.integer({ min: 1, max: 6 })) }, { requiredKeys: ['image'] }),
  fc.record({ url: image }),
  fc.record({ images: mostly(fc.array(image, { maxLength: 3 })) }),
);
const tensors = fc.integer({ min: 1, max: 3 }).chain((rows) => {
  const size = { minLength: rows, maxLength: rows };
  const row = fc.array(mostly(fc.double({ noNaN: true, min: -1e38, max: 1e38 })), {
    minLength: 2,
    maxLength: 2,
  });
  const x = fc.array(mostly(row), size);
  return fc.record({ inputs: fc.record({ x, 'a/b': fc.array(mostly(fc.integer()), size) }) });
});
const text = fc.oneof(value, images, tensors).map((each) => JSON.stringify(each));
/** A text with a piece cut out or put in. */
const damaged = fc
  .tuple(text, fc.nat(), fc.nat(3), fc.string({ maxLength: 3 }))
  .map(([whole, at, length, piece]) => {
    const from = at % (whole.length + 1);
    return whole.slice(0, from) + piece + whole.slice(from + length);
  });
const body = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array().map((bytes) => Buffer.from(bytes)) },
  { weight: 9, arbitrary: fc.oneof(text, damaged).map((each) => Buffer.from(each)) },
);
const pointer = /^(?:\/(?:[^~/]|~[01])*)*$/;

function endsWell(decode: () => boolean): boolean {
  try {
    return decode();
  } catch (error) {
    return (
      error instanceof ServingError &&
      error.status === 400 + (error.code === 'TOO_MANY_IMAGES' ? 13 : 0) &&
      pointer.test(error.pointer ?? '')
    );
  }
}

t.test('any body of images ends in a request within the limits or a ServingError', async () => {
  fc.assert(
    fc.property(body, (bytes) =>
      endsWell(() => {
        const { images, topK } = decodeJsonImages(bytes, limits);
        return (
          images.length >= 1 &&
          images.length <= limits.maxImages &&
          images.every((image) => (image.kind === 'bytes' ? image.bytes.length > 0 : image.url !== '')) &&
          (topK === undefined || (topK >= 1 && topK <= limits.classes))
        );
      }),
    ),
    { numRuns: runs(3000) },
  );
});

t.test('any body of tensors ends in whole rows of every input or a ServingError', async () => {
  fc.assert(
    fc.property(body, (bytes) =>
      endsWell(() => {
        const { inputs } = decodeJsonTensors(bytes, specs);
        return fitted(inputs, specs).length === specs.length;
      }),
    ),
    { numRuns: runs(3000) },
  );
});

t.test('a body nested a hundred thousand deep ends in a ServingError', async (t) => {
  const deep = Buffer.from(`{"inputs":{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},"a/b":[1]}}`);
  t.throws(() => decodeJsonTensors(deep, specs), { code: 'BAD_SHAPE', pointer: '/inputs/x' });
  t.throws(() => decodeJsonImages(deep, limits), { code: 'BAD_FIELD' });
});
