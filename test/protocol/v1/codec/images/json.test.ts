import fc from 'fast-check';
import t from 'tap';
import { decodeJsonImages } from '../../../../../src/protocol/v1/codec/images/json.ts';
import type { ClassifyRequest } from '../../../../../src/protocol/v1/codec/images/request.ts';

const limits = { maxImages: 3, classes: 1000 };
const decode = (body: unknown): ClassifyRequest =>
  decodeJsonImages(Buffer.from(JSON.stringify(body)), limits);
const decodeText = (text: string): ClassifyRequest => decodeJsonImages(Buffer.from(text), limits);
const abc = Buffer.from('ABC').toString('base64');

t.test('one image gets one result', async (t) => {
  t.match(decode({ image: abc, top_k: 3 }), {
    images: [{ kind: 'bytes', bytes: Buffer.from('ABC') }],
    several: false,
    topK: 3,
  });
});

t.test('a URL is returned for fetching', async (t) => {
  t.strictSame(decode({ url: 'https://example.org/cat.jpg' }), {
    images: [{ kind: 'url', url: 'https://example.org/cat.jpg' }],
    several: false,
    topK: undefined,
  });
});

t.test('a list may mix base64, data URLs and URLs, and is answered by a list even for one', async (t) => {
  const { images, several } = decode({
    images: [abc, `data:image/png;base64,${abc}`, 'HTTP://example.org/a'],
  });
  t.strictSame(
    images.map((image) => image.kind),
    ['bytes', 'bytes', 'url'],
  );
  t.equal(several, true);
  t.equal(decode({ images: [abc] }).several, true);
});

t.test('bytes come back from JSON', async () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1, maxLength: 3 }), (all) => {
      const { images } = decode({ images: all.map((bytes) => Buffer.from(bytes).toString('base64')) });
      return images.every(
        (image, i) => image.kind === 'bytes' && Buffer.from(image.bytes).equals(all[i] ?? Buffer.of()),
      );
    }),
  );
});

const faults: [title: string, body: unknown, code: string, pointer: string][] = [
  ['an unknown field', { image: abc, 'a/b': 1 }, 'BAD_FIELD', '/a~1b'],
  ['a __proto__ field', JSON.parse('{"image":"QUJD","__proto__":{"top_k":1}}'), 'BAD_FIELD', '/__proto__'],
  ['an image that is no string', { image: 5 }, 'BAD_FIELD', '/image'],
  ['images that are no list', { images: abc }, 'BAD_FIELD', '/images'],
  ['an entry that is no string', { images: [abc, null] }, 'BAD_FIELD', '/images/1'],
  ['an entry that is not base64', { images: [abc, 'no base64'] }, 'BAD_BASE64', '/images/1'],
  ['an empty entry', { images: [abc, ''] }, 'EMPTY_BODY', '/images/1'],
  ['an empty image', { image: '' }, 'EMPTY_BODY', '/image'],
  ['an address as image', { image: 'https://example.org' }, 'BAD_BASE64', '/image'],
  ['an empty list', { images: [] }, 'EMPTY_BODY', '/images'],
  ['a list beyond the limit', { images: [abc, abc, abc, abc] }, 'TOO_MANY_IMAGES', '/images'],
  ['an empty URL', { url: '' }, 'BAD_FIELD', '/url'],
  ['a top_k of 0', { image: abc, top_k: 0 }, 'BAD_FIELD', '/top_k'],
  ['a top_k beyond the classes', { image: abc, top_k: 1001 }, 'BAD_FIELD', '/top_k'],
  ['a top_k with a fraction', { image: abc, top_k: 1.5 }, 'BAD_FIELD', '/top_k'],
  ['a top_k as text', { image: abc, top_k: '5' }, 'BAD_FIELD', '/top_k'],
  ['two ways at once', { image: abc, url: 'https://example.org' }, 'BAD_FIELD', ''],
  ['no image at all', { top_k: 5 }, 'BAD_FIELD', ''],
  ['a list as body', [abc], 'BAD_FIELD', ''],
  ['null as body', null, 'BAD_FIELD', ''],
];
for (const [title, body, code, pointer] of faults) {
  t.test(`${title} is refused with its pointer`, async (t) => {
    t.throws(() => decode(body), { name: 'ServingError', code, pointer });
  });
}

t.test('a body that is not JSON, not UTF-8 or truncated is refused', async (t) => {
  for (const text of ['{', 'nothing', '{"image":"QUJD"', '\ufeff', '\ufeff\ufeff{"image":"QUJD"}']) {
    t.throws(() => decodeText(text), { code: 'BAD_JSON' }, text);
  }
  const latin1 = Buffer.from('{"url":"https://example.org/caf\xe9"}', 'latin1');
  t.throws(() => decodeJsonImages(latin1, limits), { code: 'BAD_JSON', message: /UTF-8/ });
});

t.test('a byte order mark before the JSON is ignored', async (t) => {
  t.match(decodeText('\ufeff{"image":"QUJD"}'), { images: [{ bytes: Buffer.from('ABC') }] });
});

t.test('a URL may have 8192 characters, alone or in a list, and not one more', async (t) => {
  const url = 'https://example.org/'.padEnd(8192, 'x');
  t.match(decode({ url }), { images: [{ url }] });
  t.match(decode({ images: [url] }), { images: [{ url }] });
  t.throws(() => decode({ url: `${url}x` }), { code: 'BAD_FIELD', pointer: '/url', message: /8192/ });
  t.throws(() => decode({ images: [abc, `${url}x`] }), {
    code: 'BAD_FIELD',
    pointer: '/images/1',
    message: /8192/,
  });
});

t.test('an empty body is refused', async (t) => {
  t.throws(() => decodeText(''), { code: 'EMPTY_BODY' });
});

t.test('a body of brackets, braces or small values is refused before it is parsed', async (t) => {
  for (const text of ['['.repeat(5000), '{"a":'.repeat(5000), `{"images":[${'"",'.repeat(5000)}""]}`]) {
    t.throws(() => decodeText(text), { code: 'BAD_FIELD', message: /far more values/ });
  }
});

t.test('the name of a huge unknown field is truncated in the error', async (t) => {
  try {
    decode({ ['x'.repeat(100_000)]: 1 });
    t.fail('accepted');
  } catch (error) {
    t.ok(String((error as { pointer?: string }).pointer).length < 300);
    t.ok((error as Error).message.length < 400);
  }
});
