import fc from 'fast-check';
import t from 'tap';
import { partsOf } from '../../../../../src/protocol/v1/codec/images/parts.ts';

type Parts = readonly (readonly [name: string | undefined, filename: string | undefined, data: string])[];

const parts = (text: string, boundary = 'b'): Parts =>
  [...partsOf(Buffer.from(text, 'latin1'), boundary)].map(({ name, filename, data }) => [
    name,
    filename,
    data.toString('latin1'),
  ]);

/** A form of one part with these headers. */
const withHeaders = (...headers: readonly string[]): Parts =>
  parts(`--b\r\n${headers.join('\r\n')}\r\n\r\ndata\r\n--b--\r\n`);

const NAMED = 'Content-Disposition: form-data; name="image"';

t.test('names of headers and parameters may be in any case, quoted or not, with blanks around', async (t) => {
  for (const header of [
    'Content-Disposition: form-data; name="image"; filename="a.jpg"',
    'content-disposition:form-data;name=image;filename=a.jpg',
    'CONTENT-DISPOSITION: Form-Data; Filename="a.jpg"; Name="image"',
    'Content-Disposition : form-data ; name = "image" ; filename = a.jpg ;',
    'Content-Disposition: form-data;\r\n name="image";\r\n\tfilename="a.jpg"',
    'Content-Disposition: attachment; name="image"; filename="a.jpg"; size=4; name="x"',
  ]) {
    t.strictSame(withHeaders(header), [['image', 'a.jpg', 'data']], header);
  }
});

t.test('a quoted value may hold semicolons, escaped quotes and backslashes of a path', async (t) => {
  const [[name, filename] = []] = withHeaders(
    'Content-Disposition: form-data; name="a;\\"b\\""; filename="C:\\photos\\cat.jpg"',
  );
  t.strictSame([name, filename], ['a;"b"', 'C:\\photos\\cat.jpg']);
});

t.test('a filename that is encoded is a filename', async (t) => {
  t.strictSame(withHeaders(`${NAMED}; filename*=utf-8''caf%c3%a9.jpg`), [
    ['image', "utf-8''caf%c3%a9.jpg", 'data'],
  ]);
});

t.test('a part may have many other headers, or none', async (t) => {
  const many = Array.from({ length: 100 }, (_, i) => `x-${i}: y`);
  t.strictSame(withHeaders(...many, NAMED, ...many), [['image', undefined, 'data']]);
  t.strictSame(parts('--b\r\n\r\ndata\r\n--b--'), [[undefined, undefined, 'data']]);
});

t.test('headers without an end within 16 KiB are refused', async (t) => {
  t.throws(() => withHeaders(`x: ${'y'.repeat(17_000)}`, NAMED), {
    code: 'BAD_MULTIPART',
    message: /headers/,
  });
});

t.test('a part in base64 or quoted-printable is refused with the reason', async (t) => {
  t.equal(withHeaders(NAMED, 'Content-Transfer-Encoding: Binary').length, 1);
  for (const encoding of ['base64', 'quoted-printable']) {
    t.throws(() => withHeaders(NAMED, `content-transfer-encoding: ${encoding}`), {
      code: 'BAD_MULTIPART',
      message: /Content-Transfer-Encoding/,
    });
  }
});

t.test('blanks may follow a boundary, and anything the last line', async (t) => {
  const form = (first: string, last: string): string => `--b${first}\r\n${NAMED}\r\n\r\ndata\r\n--b--${last}`;
  for (const [first, last] of [
    [' ', ''],
    [' \t ', ' '],
    ['', '\n'],
    ['', ' \t\r\nepilogue\r\n--b\r\nof the form'],
  ] as const) {
    t.strictSame(parts(form(first, last)), [['image', undefined, 'data']], JSON.stringify([first, last]));
  }
  t.throws(() => parts(form(' '.repeat(5000), '')), { code: 'BAD_MULTIPART' });
});

t.test('headers that run into the next boundary are invalid', async (t) => {
  for (const headers of ['x: y\r\n', '']) {
    const text = `--b:\r\n${headers}--b:\r\n${NAMED}\r\n\r\ndata\r\n--b:--`;
    t.throws(() => parts(text, 'b:'), { code: 'BAD_MULTIPART', message: /headers/ });
  }
});

t.test('a part whose data is empty, or that ends behind its headers, is empty', async (t) => {
  for (const data of ['\r\n', '']) {
    t.strictSame(parts(`--b\r\n${NAMED}\r\n\r\n${data}--b--`), [['image', undefined, '']]);
  }
});

t.test('any data without the delimiter comes back, whatever the boundary', async () => {
  const boundary = fc.stringMatching(/^[0-9A-Za-z'()+_,\-./:=?]{1,70}$/);
  const piece = fc.constantFrom('\r', '\n', '\r\n', '-', '--', 'x', '\0');
  fc.assert(
    fc.property(boundary, fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (mark, pieces) => {
      const data = pieces.join('');
      fc.pre(!`\r\n${data}`.includes(`\r\n--${mark}`));
      const form = `--${mark}\r\n\r\n${data}\r\n--${mark}--`;
      return [...partsOf(Buffer.from(form), mark)].every((part) => part.data.toString() === data);
    }),
    { numRuns: 1000 },
  );
});
