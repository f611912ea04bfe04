import fc from 'fast-check';
import t from 'tap';
import type { ClassifyRequest } from '../../../../../src/protocol/v1/codec/images/request.ts';
import { decodeMultipart } from '../../../../../src/protocol/v1/codec/images/multipart.ts';

const limits = { maxImages: 3, classes: 1000 };
const BOUNDARY = '----form7MA4YWxk';
const CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

const decode = (body: Buffer, contentType = CONTENT_TYPE): ClassifyRequest =>
  decodeMultipart(body, contentType, limits);

type Field = [disposition: string, data: string | Uint8Array];
const file = (name: string, data: string | Uint8Array): Field => [`name="${name}"; filename="a.jpg"`, data];
const text = (name: string, data: string): Field => [`name="${name}"`, data];

function form(fields: readonly Field[], end = `--${BOUNDARY}--\r\n`): Buffer {
  const parts = fields.flatMap(([disposition, data]) => [
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n`),
    Buffer.from(data as string),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from(end)]);
}

const bytesOf = (request: ClassifyRequest): string[] =>
  request.images.map((image) => (image.kind === 'bytes' ? Buffer.from(image.bytes).toString('latin1') : ''));

t.test('a file is one image, and top_k a number', async (t) => {
  const request = decode(form([file('photo', 'JPEG'), text('top_k', '3')]));
  t.strictSame(bytesOf(request), ['JPEG']);
  t.strictSame([request.several, request.topK], [false, 3]);
});

t.test('a field named image or file is an image without a filename too', async (t) => {
  t.strictSame(bytesOf(decode(form([text('image', 'A'), text('file', 'B')]))), ['A', 'B']);
});

t.test('several images, or a plural field name, give a list of results', async (t) => {
  t.equal(decode(form([file('file', 'A'), file('file', 'B')])).several, true);
  t.equal(decode(form([file('images', 'A')])).several, true);
  t.equal(decode(form([file('files', 'A')])).several, true);
});

t.test('any bytes come back, in order', async () => {
  const data = fc.uint8Array({ minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(fc.array(data, { minLength: 1, maxLength: 3 }), (all) => {
      const { images } = decode(form(all.map((bytes) => file('files', bytes))));
      return (
        images.length === all.length &&
        images.every(
          (image, i) => image.kind === 'bytes' && Buffer.from(image.bytes).equals(all[i] ?? Buffer.of()),
        )
      );
    }),
  );
});

t.test('the images are views of the body: nothing is copied', async (t) => {
  const body = form([file('file', 'JPEG')]);
  const request = decode(body);
  body.fill('x');
  t.strictSame(bytesOf(request), ['xxxx']);
});

t.test('a preamble and an epilogue are ignored', async (t) => {
  const [before, after] = [Buffer.from('before\r\n'), Buffer.from('after\r\n')];
  const body = Buffer.concat([before, form([file('file', 'A')]), after, form([file('file', 'B')])]);
  t.strictSame(bytesOf(decode(body)), ['A']);
});

t.test('a quoted boundary and other parameters are understood', async (t) => {
  const body = (): Buffer => form([file('file', 'A')]);
  t.strictSame(bytesOf(decode(body(), `multipart/form-data; boundary="${BOUNDARY}"`)), ['A']);
  t.strictSame(bytesOf(decode(body(), `Multipart/Form-Data; charset=utf-8; boundary=${BOUNDARY}; x=y`)), [
    'A',
  ]);
});

t.test('a truncated form is refused, wherever it is cut', async (t) => {
  const whole = form([file('file', 'AAAA'), file('file', 'BBBB')], `--${BOUNDARY}--`);
  for (let length = 1; length < whole.length; length++) {
    t.throws(() => decode(Buffer.from(whole.subarray(0, length))), { code: 'BAD_MULTIPART' });
  }
});

t.test('a form with one invalid part is refused as a whole', async (t) => {
  for (const end of ['\r\nno colon', '\r\nContent-Disposition: form-data; name="x"', '; filename="a', '"']) {
    const broken: Field = [`name="file"${end}`, 'A'];
    t.throws(
      () => decode(form([file('file', 'A'), broken, file('file', 'B')])),
      { code: 'BAD_MULTIPART', message: /headers/ },
      end,
    );
  }
});

t.test('the boundary inside a line is data', async (t) => {
  const forged = 'Content-Disposition: form-data; name="file"\r\n\r\nyy';
  const insides = [`xx--${BOUNDARY}yy`, `xx--${BOUNDARY}\r\n${forged}`, `\n--${BOUNDARY}\r\n${forged}`];
  for (const data of insides) t.strictSame(bytesOf(decode(form([file('file', data)]))), [data]);
});

t.test('a line of data that begins with the boundary is refused, not cut', async (t) => {
  const insides = [
    `xx\r\n--${BOUNDARY}LO`,
    `xx\r\n--${BOUNDARY}-`,
    `xx\r\n--${BOUNDARY}--yy`,
    `x\r\n--${BOUNDARY}\n`,
  ];
  for (const data of insides) {
    t.throws(
      () => decode(form([file('file', data)])),
      { code: 'BAD_MULTIPART', message: /other text/ },
      data,
    );
  }
});

t.test('a body with another boundary is refused with the specific fault', async (t) => {
  t.throws(() => decode(form([file('file', 'A')]), 'multipart/form-data; boundary=other'), {
    code: 'BAD_MULTIPART',
    message: /does not begin/,
  });
});

t.test('a part without a name or a filename is refused', async (t) => {
  t.throws(() => decode(form([['x="y"', 'A']])), { code: 'BAD_MULTIPART', message: /no name/ });
});

t.test('a form with bare line feeds is refused', async (t) => {
  const body = Buffer.from(
    form([file('file', 'A')])
      .toString('latin1')
      .replaceAll('\r', ''),
  );
  t.throws(() => decode(body), { code: 'BAD_MULTIPART' });
});

t.test('a content type without a boundary is refused', async (t) => {
  t.throws(() => decode(form([file('file', 'A')]), 'multipart/form-data'), { code: 'BAD_MULTIPART' });
});

t.test('an unknown field is refused and named', async (t) => {
  t.throws(() => decode(form([file('file', 'A'), text('a/b', '1')])), {
    code: 'BAD_FIELD',
    pointer: '/a~1b',
  });
  t.throws(() => decode(form([text('__proto__', '1')])), { code: 'BAD_FIELD', pointer: '/__proto__' });
});

t.test('a top_k out of range, of another kind or given twice is refused', async (t) => {
  for (const value of ['0', '1001', 'five', '', '5 ', '\xff']) {
    t.throws(() => decode(form([file('file', 'A'), text('top_k', value)])), {
      code: 'BAD_FIELD',
      pointer: '/top_k',
    });
  }
  const twice = form([file('file', 'A'), text('top_k', '1'), text('top_k', '1')]);
  t.throws(() => decode(twice), { code: 'BAD_FIELD', pointer: '/top_k' });
});

t.test('a form without an image, an image without bytes and a body without bytes are refused', async (t) => {
  t.throws(() => decode(form([text('top_k', '1')])), { code: 'EMPTY_BODY' });
  t.throws(() => decode(form([file('file', '')])), { code: 'EMPTY_BODY', pointer: '/file' });
  t.throws(() => decode(form([])), { code: 'EMPTY_BODY' });
  t.throws(() => decode(Buffer.alloc(0)), { code: 'EMPTY_BODY' });
});

t.test('more images than allowed are refused', async (t) => {
  const four = Array.from({ length: 4 }, () => file('files', 'A'));
  t.throws(() => decode(form(four)), { code: 'TOO_MANY_IMAGES', pointer: '/files' });
});

t.test('a form of ten thousand parts is read only up to the first excess image', async (t) => {
  const four = form(
    Array.from({ length: 4 }, () => file('files', 'A')),
    '',
  );
  const unreadable = Buffer.from(`--${BOUNDARY}\r\nno colon\r\n\r\nA\r\n`.repeat(10_000));
  t.throws(() => decode(Buffer.concat([four, unreadable])), { code: 'TOO_MANY_IMAGES', pointer: '/files' });
});
