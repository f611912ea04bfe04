import t from 'tap';
import { readSafetensors, writeSafetensors } from '../../src/tensor/safetensors.ts';

const floats = (...values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
/** A file with this header and so many bytes behind it. */
const file = (header: unknown, bytes = 0): Buffer => {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(bytes)]);
};
const entry = (begin: number, end: number, shape: readonly number[], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

t.test('what is written is read', async (t) => {
  const tensors = [
    { name: 'b', dtype: 'F32', shape: [2], data: floats(1, 2) },
    { name: 'a', dtype: 'F32', shape: [1, 1], data: floats(3) },
    { name: 'none', dtype: 'U8', shape: [0], data: new Uint8Array() },
  ];
  const bytes = writeSafetensors(tensors, { round: '3' });
  const read = readSafetensors(bytes);
  t.strictSame(
    read.tensors.map((each) => ({ ...each, data: new Uint8Array(each.data) })),
    tensors,
  );
  t.strictSame(read.metadata, { round: '3' });
  t.equal((bytes.length - 12) % 8, 0, 'the elements are aligned');
});

t.test('the bytes that the reference implementation writes are read', async (t) => {
  // safetensors.numpy.save({"w": np.array([1.5, -2], np.float32)}), version 0.5
  const header = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  ';
  const bytes = Buffer.concat([file(header), floats(1.5, -2)]);
  t.strictSame(
    [...new Float32Array(Uint8Array.from(readSafetensors(bytes).tensors[0]!.data).buffer)],
    [1.5, -2],
  );
});

t.test('no byte may hide, overlap or be missing', async (t) => {
  const cases: readonly [Buffer, RegExp][] = [
    [Buffer.alloc(4), /no header/],
    [Buffer.alloc(8, 0xff), /too many/],
    [file({ a: entry(0, 4, [1]) }, 4).subarray(0, 20), /ends before its header/],
    [file('[]'), /no JSON object/],
    [file(' {}'), /no JSON object/],
    [file('{"a"'), /no JSON object/],
    [Buffer.concat([file('{'), Buffer.of(0xff)]), /no JSON object/],
    [file({ a: 5 }), /no dtype/],
    [file({ a: entry(0, 4, [1], 'F33') }, 4), /no dtype/],
    [file({ a: entry(0, 4, [1], 'toString') }, 4), /no dtype/],
    [file({ a: entry(0, 4, [-1]) }, 4), /no shape/],
    [file({ a: entry(0, 4, [0.5]) }, 4), /no shape/],
    [file({ a: entry(0, 4, Array(9).fill(1)) }, 4), /no shape/],
    [file({ a: entry(4, 0, [1]) }, 4), /has -4 bytes/],
    [file({ a: entry(0, 8, [1]) }, 8), /has 8 bytes, but by its shape 4/],
    [file({ a: entry(0, 4, [1]), b: entry(0, 4, [1]) }, 4), /"b" begins at 0, not at 4/],
    [file({ a: entry(4, 8, [1]) }, 8), /"a" begins at 4, not at 0/],
    [file({ a: entry(0, 4, [1]) }, 5), /have 4 bytes, and 5 follow/],
    [file({ a: entry(0, 4, [1]) }, 3), /have 4 bytes, and 3 follow/],
    [file({ a: entry(0, 2 ** 53, [2 ** 51]) }, 4), /no data_offsets|follow the header/],
    [file({ __metadata__: { a: 1 } }), /__metadata__/],
  ];
  for (const [bytes, message] of cases)
    t.throws(() => readSafetensors(bytes), { name: 'SafetensorsError', message });
});

t.test('a name that JSON gives a meaning stays a name', async (t) => {
  const bytes = file('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4);
  t.strictSame(
    readSafetensors(bytes).tensors.map(({ name }) => name),
    ['__proto__'],
  );
});
