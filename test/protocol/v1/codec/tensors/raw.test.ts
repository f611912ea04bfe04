/** Bodies that are the one input of a model: raw elements whose shape follows, is stated, or is in a .npy file. */
import fc from 'fast-check';
import t from 'tap';
import { ServingError } from '../../../../../src/errors.ts';
import { readNpy } from '../../../../../src/tensor/npy.ts';
import { decodeRaw, type Stated } from '../../../../../src/protocol/v1/codec/tensors/raw.ts';
import { fitted } from '../../../../../src/tensor/fit.ts';
import type { Datatype, TensorSpec } from '../../../../../src/tensor/tensor.ts';

const NOTHING: Stated = { datatype: undefined, shape: undefined };
const spec = (shape: readonly number[], datatype: Datatype = 'FP32'): TensorSpec => ({
  name: 'x',
  datatype,
  shape,
});
const decoded = (body: Buffer, shape: readonly number[], stated: Partial<Stated> = {}) =>
  decodeRaw(body, [spec(shape)], { ...NOTHING, ...stated }).inputs[0]!;

/** A .npy file, version 1.0, of what the header says. */
function npy(header: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header), data]);
}
const header = (descr: string, shape: string, order = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

t.test('the open length follows from the number of bytes, and nothing is copied', async (t) => {
  const body = Buffer.alloc(48);
  const { shape, data } = decoded(body, [-1, 2, 3]);
  t.same(shape, [2, 2, 3]);
  t.equal(data, body);
  t.same(decoded(body, [4, -1]).shape, [4, 3], 'whichever it is');
});

t.test('bytes that are no whole number of rows are refused with the bytes of a row', async (t) => {
  t.throws(() => decoded(Buffer.alloc(47), [-1, 2, 3]), { code: 'BAD_SHAPE', message: /47 bytes.* 24/ });
});

t.test('two open lengths need a shape, which the query may state', async (t) => {
  t.throws(() => decoded(Buffer.alloc(24), [-1, -1]), { code: 'BAD_SHAPE', message: /\?shape=/ });
  t.same(decoded(Buffer.alloc(24), [-1, -1], { shape: [2, 3] }).shape, [2, 3]);
});

t.test('a stated type that is another one is refused', async (t) => {
  const tensor = decoded(Buffer.alloc(32), [-1, 4], { datatype: 'FP64', shape: [1, 4] });
  t.throws(() => fitted([tensor], [spec([-1, 4])]), { code: 'BAD_SHAPE', message: /FP32, not FP64/ });
});

t.test('no bytes, texts, and a model of several inputs are refused', async (t) => {
  t.throws(() => decoded(Buffer.alloc(0), [-1]), { code: 'EMPTY_BODY' });
  t.throws(() => decodeRaw(Buffer.from('a'), [spec([-1], 'BYTES')], NOTHING), { code: 'BAD_SHAPE' });
  t.throws(() => decodeRaw(Buffer.from('a'), [spec([-1]), spec([-1])], NOTHING), { code: 'BAD_SHAPE' });
});

t.test('a .npy file says its own type and shape', async (t) => {
  const file = npy(header('<f8', '(2, 3)'), Buffer.alloc(48));
  const { datatype, shape, data } = decoded(file, [-1, -1]);
  t.same([datatype, shape, data.length], ['FP64', [2, 3], 48]);
  const described = (file: Buffer) => (({ datatype, shape }) => [datatype, shape])(readNpy(file));
  t.same(described(npy(header('|b1', '()'), Buffer.alloc(1))), ['BOOL', []]);
  t.same(described(npy(header('<i8', '(5,)'))), ['INT64', [5]]);
  t.throws(() => decoded(file, [-1, -1], { shape: [3, 2] }), {
    code: 'BAD_SHAPE',
    message: /the query says/,
  });
});

t.test('a .npy file of another order, or of no numbers, is refused with what to save', async (t) => {
  for (const [text, message] of [
    [header('>f4', '(2,)'), /big-endian/],
    [header('<f4', '(2, 2)', 'True'), /ascontiguousarray/],
    [header('<U3', '(2,)'), /type U3/],
    [header('|O', '(2,)'), /type O/],
    ["{'descr': [('a', '<f4')]}", /plain numbers/],
  ] as const) {
    t.throws(() => readNpy(npy(text)), { code: 'BAD_SHAPE', message });
  }
});

t.test('whatever follows the first bytes of a .npy file ends in a tensor or a ServingError', async () => {
  const start = Buffer.from('\x93NUMPY', 'latin1');
  const pieces = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc.constantFrom('<f4', "'shape': (2,", '(', "'descr': '").map(Buffer.from),
    ),
  );
  fc.assert(
    fc.property(pieces, (rest) => {
      try {
        readNpy(Buffer.concat([start, ...rest]));
        return true;
      } catch (error) {
        return error instanceof ServingError;
      }
    }),
  );
});
