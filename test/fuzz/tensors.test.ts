/** Whatever the bytes and the query, a body of raw elements or .npy ends in whole elements or in a ServingError. */
import fc from 'fast-check';
import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import { decodeQuery, decodeTimeout } from '../../src/protocol/v1/codec/query.ts';
import { decodeRaw } from '../../src/protocol/v1/codec/tensors/raw.ts';
import { fitted } from '../../src/tensor/fit.ts';
import type { TensorSpec } from '../../src/tensor/tensor.ts';
import { runs } from './runs.ts';

const spec: TensorSpec = { name: 'x', datatype: 'FP32', shape: [-1, 2] };
const MAGIC = Buffer.from('\x93NUMPY', 'latin1');

const words = fc.constantFrom(
  "'descr'",
  "'fortran_order'",
  "'shape'",
  ': ',
  ', ',
  "'<f4'",
  "'>f4'",
  "'|u1'",
  "'<U3'",
  'False',
  'True',
  '(',
  ')',
  '{',
  '}',
  '1',
  '2',
  '(3, 2)',
  '(-1,)',
  '(2147483648,)',
  '9'.repeat(30),
  ' ',
  '\n',
  '\0',
);
const header = fc.oneof(
  fc
    .integer({ min: 0, max: 4 })
    .map((rows) => `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, 2), }`),
  fc.array(words, { maxLength: 20 }).map((all) => all.join('')),
);
/** Version, stated length of the header, header and elements; the length is mostly the right one. */
const npy = fc
  .record({
    version: fc.constantFrom(1, 1, 1, 2, 3, 0, 255),
    text: header,
    off: fc.oneof(
      { weight: 8, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -20, max: 70_000 }) },
    ),
    data: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ version, text, off, data }) => {
    const length = Math.max(0, text.length + off);
    const size = Buffer.alloc(version === 1 ? 2 : 4);
    if (version === 1) size.writeUInt16LE(length & 0xffff);
    else size.writeUInt32LE(length);
    return Buffer.concat([MAGIC, Buffer.of(version, 0), size, Buffer.from(text, 'latin1'), data]);
  });
const body = fc.oneof(
  { weight: 3, arbitrary: npy },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.concat([MAGIC, bytes])) },
);
const piece = fc.oneof(
  fc.constantFrom(
    'top_k=',
    'datatype=',
    'shape=',
    'timeout=',
    '&',
    'FP32',
    'UINT8',
    '2,2',
    '1',
    ',',
    '%2C',
    '%',
    '+',
    '-1',
    '=',
  ),
  fc.string({ maxLength: 4 }),
);
const query = fc.array(piece, { maxLength: 6 }).map((all) => all.join(''));

function endsWell(decode: () => boolean): boolean {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof ServingError)) throw error;
    return error.status === 400 && error.message.length < 1000;
  }
}

t.test('any body and query end in tensors that fit, or in a ServingError', async () => {
  fc.assert(
    fc.property(body, query, (bytes, text) =>
      endsWell(() => {
        decodeTimeout(text);
        const { datatype, shape } = decodeQuery(text, { classes: undefined, tensors: true });
        const { inputs } = decodeRaw(bytes, [spec], { datatype, shape });
        return fitted(inputs, [spec]).length === 1;
      }),
    ),
    { numRuns: runs(3000) },
  );
});
