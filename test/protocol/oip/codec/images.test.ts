import t from 'tap';
import { imagesIn, isImage } from '../../../../src/protocol/oip/codec/request/images.ts';
import type { GivenTensor } from '../../../../src/tensor/fit.ts';
import { bytesOfElements } from '../../../../src/tensor/strings.ts';
import { spec } from './bodies.ts';

const MODEL = [spec('image', 'UINT8', -1, 8, 8, 3)];

const given = (shape: readonly number[], ...elements: readonly string[]): GivenTensor => ({
  name: 'image',
  datatype: 'BYTES',
  shape,
  data: bytesOfElements(elements.map((text) => Buffer.from(text))),
  pointer: '/inputs/0',
});

t.test('each element of BYTES is an image', async (t) => {
  for (const shape of [[2], [2, 1]]) {
    const { images, pointer } = imagesIn([given(shape, 'a', 'bc')], MODEL, 4)!;
    t.strictSame(
      images.map((bytes) => Buffer.from(bytes).toString()),
      ['a', 'bc'],
    );
    t.equal(pointer, '/inputs/0');
  }
});

t.test('another type, another name, several inputs and a model that takes BYTES are tensors', async (t) => {
  const image = given([1], 'a');
  t.equal(imagesIn([{ ...image, datatype: 'UINT8' }], MODEL, 4), undefined);
  t.equal(imagesIn([{ ...image, name: 'x' }], MODEL, 4), undefined);
  t.equal(imagesIn([image, image], MODEL, 4), undefined);
  t.equal(imagesIn([image], [spec('image', 'BYTES', -1)], 4), undefined);
});

t.test('a shape that is no list of images, and another number of them, are refused', async (t) => {
  for (const shape of [[], [2, 2], [1, 2]]) {
    t.throws(() => imagesIn([given(shape, 'a', 'b')], MODEL, 4), {
      code: 'BAD_SHAPE',
      pointer: '/inputs/0',
    });
  }
  t.throws(() => imagesIn([given([1], 'a', 'b')], MODEL, 4), { code: 'BAD_SHAPE' });
  t.throws(() => imagesIn([given([3], 'a', 'b')], MODEL, 4), { code: 'BAD_SHAPE' });
  t.throws(() => imagesIn([given([0])], MODEL, 4), { code: 'EMPTY_BODY' });
  t.throws(() => imagesIn([given([5], ...'abcde')], MODEL, 4), { code: 'TOO_MANY_IMAGES' });
});

t.test('a body is an image when it begins like one, even if it is cut off', async (t) => {
  t.ok(isImage(Buffer.from([0xff, 0xd8, 0xff, 0xe0])));
  t.notOk(isImage(Buffer.from('hello there, no image')));
});
