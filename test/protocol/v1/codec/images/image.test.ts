import t from 'tap';
import { decodeImageBody } from '../../../../../src/protocol/v1/codec/images/image.ts';

t.test('a raw body is one image, and the same memory', async (t) => {
  const body = Buffer.from('bytes of an image');
  const { images, several, topK } = decodeImageBody(body);
  t.strictSame([images.length, several, topK], [1, false, undefined]);
  const [image] = images;
  t.equal(image?.kind === 'bytes' && image.bytes, body);
});

t.test('an empty body is refused', async (t) => {
  t.throws(() => decodeImageBody(Buffer.alloc(0)), { code: 'EMPTY_BODY' });
});
