/** Whatever the bytes, the multipart codec ends in a request within its limits or in a ServingError. */
import fc from 'fast-check';
import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import { decodeMultipart } from '../../src/protocol/v1/codec/images/multipart.ts';
import { runs } from './runs.ts';

const limits = { maxImages: 3, classes: 5 };
const CONTENT_TYPE = 'multipart/form-data; boundary=B';

const token = fc.constantFrom(
  '--B',
  '--B--',
  '\r\n--B\r\n',
  '\r\n--B--',
  '\r\n',
  '\r\n\r\n',
  '\r',
  '\n',
  '--',
  ':',
  ';',
  '=',
  '"',
  '\\"',
  ' ',
  '\0',
  '\xff',
  'Content-Disposition: form-data; name="file"',
  'content-disposition:',
  'form-data',
  '; name=',
  '; filename="a"',
  '; name="top_k"',
  '5',
  'content-type: image/png',
  'x: y',
  'DATA',
  'y'.repeat(300),
);
const tokens = fc.array(fc.oneof({ weight: 9, arbitrary: token }, fc.string()), { maxLength: 20 });
const noise = tokens.map((all) => all.join(''));
/** Mostly a good part, now and then one with something in its headers, its data or its delimiter. */
const header = fc.constantFrom('name="file"; filename="a"', 'name="images"', 'name="top_k"', 'name=file');
const part = fc
  .record({
    header,
    data: fc.oneof(fc.string(), fc.constantFrom('1', '5')),
    extra: fc.oneof(noise, fc.constant('')),
  })
  .map(
    ({ header, data, extra }) =>
      `--B\r\nContent-Disposition: form-data; ${header}${extra}\r\n\r\n${data}\r\n`,
  );
const good = fc
  .array(fc.oneof({ weight: 9, arbitrary: part }, noise), { minLength: 1, maxLength: 4 })
  .map((parts) => `${parts.join('')}--B--`);
const wrapped = fc.oneof(
  good,
  noise.map((text) => `--B\r\n${text}\r\n--B--`),
);
const body = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 9, arbitrary: fc.oneof(noise, wrapped).map((text) => Buffer.from(text, 'latin1')) },
);

function endsWell(bytes: Buffer, contentType: string): boolean {
  try {
    const { images, topK } = decodeMultipart(bytes, contentType, limits);
    return (
      images.length >= 1 &&
      images.length <= limits.maxImages &&
      images.every((image) => image.kind === 'bytes' && image.bytes.length > 0) &&
      (topK === undefined || (topK >= 1 && topK <= limits.classes))
    );
  } catch (error) {
    return error instanceof ServingError && (error.status === 400 || error.status === 413);
  }
}

t.test('any body ends in a request within the limits or a ServingError', async () => {
  fc.assert(
    fc.property(body, (bytes) => endsWell(bytes, CONTENT_TYPE)),
    { numRuns: runs(5000) },
  );
});

t.test('any content type ends in a request or a ServingError', async () => {
  const piece = fc.oneof(
    fc.constantFrom('multipart/form-data', '; boundary=', 'B', '"', '=', ';', ' '),
    fc.string(),
  );
  fc.assert(
    fc.property(
      fc.array(piece).map((all) => all.join('')),
      wrapped,
      (contentType, text) => endsWell(Buffer.from(text, 'latin1'), contentType),
    ),
    { numRuns: runs(2000) },
  );
});
