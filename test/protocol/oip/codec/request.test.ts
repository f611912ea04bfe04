import t from 'tap';
import type { Datatype } from '../../../../src/tensor/tensor.ts';
import { textsOf } from '../../../../src/tensor/strings.ts';
import { decode, decodeBinary, floats, input, MODEL, numbersOf, spec } from './bodies.ts';
import { decodeInfer } from '../../../../src/protocol/oip/codec/request/request.ts';

t.test('elements are read from a flat list and from lists nested as the shape', async (t) => {
  for (const data of [
    [1, 2, 3, 4],
    [
      [1, 2],
      [3, 4],
    ],
  ]) {
    const { inputs } = decode({ inputs: [input({ data })] });
    t.match(inputs, [{ name: 'x', datatype: 'FP32', shape: [2, 2], pointer: '/inputs/0' }]);
    t.strictSame(numbersOf(inputs[0]!.data), [1, 2, 3, 4]);
  }
});

t.test('a scalar is a value or a list of one', async (t) => {
  for (const data of [7, [7]]) {
    const [tensor] = decode({ inputs: [input({ shape: [], data })] }).inputs;
    t.strictSame(numbersOf(tensor!.data), [7]);
  }
});

t.test('an axis of length 0 has no elements, nested or flat', async (t) => {
  for (const [shape, data] of [
    [[0, 2], []],
    [
      [2, 0],
      [[], []],
    ],
    [[2, 0], []],
  ]) {
    t.equal(decode({ inputs: [input({ shape, data })] }).inputs[0]!.data.length, 0);
  }
});

const TYPES: Readonly<Partial<Record<Datatype, readonly [unknown, Buffer]>>> = {
  BOOL: [[true, false], Buffer.from([1, 0])],
  UINT8: [[255, 0], Buffer.from([255, 0])],
  INT8: [[-1, 127], Buffer.from([255, 127])],
  UINT16: [[65535, 1], Buffer.from(Uint16Array.of(65535, 1).buffer)],
  INT16: [[-2, 1], Buffer.from(Int16Array.of(-2, 1).buffer)],
  UINT32: [[4294967295, 1], Buffer.from(Uint32Array.of(4294967295, 1).buffer)],
  INT32: [[-3, 1], Buffer.from(Int32Array.of(-3, 1).buffer)],
  INT64: [[-4, '9223372036854775807'], Buffer.from(BigInt64Array.of(-4n, 9223372036854775807n).buffer)],
  UINT64: [[5, '18446744073709551615'], Buffer.from(BigUint64Array.of(5n, 18446744073709551615n).buffer)],
  FP32: [[0.5, -1e38], floats(0.5, -1e38)],
  FP64: [[0.1, 1e300], Buffer.from(Float64Array.of(0.1, 1e300).buffer)],
  BYTES: [['é', ''], Buffer.from([2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0])],
};

for (const [datatype, [data, bytes]] of Object.entries(TYPES)) {
  t.test(`${datatype} is the same from JSON and in binary`, async (t) => {
    const given = { name: 'x', datatype, shape: [2] };
    const [fromJson] = decode({ inputs: [{ ...given, data }] }).inputs;
    const parameters = { binary_data_size: bytes.length };
    const [fromBinary] = decodeBinary({ inputs: [{ ...given, parameters }] }, bytes).inputs;
    t.same(Buffer.from(fromJson!.data), bytes);
    t.same(Buffer.from(fromBinary!.data), bytes);
  });
}

t.test('integers of 64 bits beyond what a double holds are exact', async (t) => {
  const text = '{"inputs":[{"name":"x","datatype":"INT64","shape":[2],"data":[9007199254740993,-1]}]}';
  for (const mark of ['', '\ufeff']) {
    const [tensor] = decodeInfer(Buffer.from(mark + text), '', MODEL).inputs;
    t.strictSame([...new BigInt64Array(new Uint8Array(tensor!.data).buffer)], [9007199254740993n, -1n]);
  }
});

t.test('JSON and binary inputs may be mixed; bytes are taken in the order of the inputs', async (t) => {
  const bytes = Buffer.concat([floats(5, 6), Buffer.from([1, 0, 0, 0, 65])]);
  const { inputs } = decodeBinary(
    {
      inputs: [
        { name: 'a', datatype: 'FP32', shape: [2], parameters: { binary_data_size: 8 } },
        input(),
        { name: 'b', datatype: 'BYTES', shape: [1], parameters: { binary_data_size: 5 } },
      ],
    },
    bytes,
  );
  t.strictSame(numbersOf(inputs[0]!.data), [5, 6]);
  t.strictSame(textsOf(inputs[2]!.data), ['A']);
});

t.test('binary data are views of the body', async (t) => {
  const json = Buffer.from(JSON.stringify({ inputs: [input({ data: undefined })] }));
  const body = Buffer.concat([json, floats(1, 2, 3, 4)]);
  const [tensor] = decodeInfer(body, String(json.length), MODEL).inputs;
  t.equal(tensor!.data.buffer, body.buffer);
});

t.test('the only input may leave out how many bytes it has', async (t) => {
  const only = input({ data: undefined });
  t.strictSame(numbersOf(decodeBinary({ inputs: [only] }, floats(1, 2, 3, 4)).inputs[0]!.data), [1, 2, 3, 4]);
  t.throws(() => decodeBinary({ inputs: [only, input({ name: 'text' })] }, floats(1, 2, 3, 4)), {
    code: 'BAD_FIELD',
    pointer: '/inputs/0/data',
  });
});

t.test('texts of BYTES may be base64', async (t) => {
  const given = { datatype: 'BYTES', shape: [2], parameters: { content_type: 'base64' } };
  const [tensor] = decode({ inputs: [input({ ...given, data: ['QUJD', '/w=='] })] }).inputs;
  t.same(Buffer.from(tensor!.data), Buffer.from([3, 0, 0, 0, 65, 66, 67, 1, 0, 0, 0, 255]));
});

t.test('the id, the deadline in microseconds and the priority are read; others are ignored', async (t) => {
  const parameters = { timeout: 1500, priority: 1, custom: 'x', headers: 'y', sequence_id: 0 };
  const body = { id: '42', model_name: 'm', parameters, inputs: [input({ extra: 1 })], extra: [[]] };
  t.match(decode(body), { id: '42', timeoutMs: 1.5, priority: 1 });
  t.match(decode({ id: '', inputs: [input()] }), { id: undefined, timeoutMs: undefined, priority: 0 });
  const nulls = { id: null, parameters: null, outputs: null, inputs: [input({ parameters: null })] };
  t.match(decode(nulls), { id: undefined, priority: 0 });
});

t.test('without outputs all are returned, in the form of binary_data_output', async (t) => {
  const names = (body: object) =>
    decode({ inputs: [input()], ...body }).outputs.map((one) => `${one.spec.name} ${one.binary}`);
  t.strictSame(names({}), ['y false', 'words false']);
  t.strictSame(names({ outputs: [] }), ['y false', 'words false']);
  t.strictSame(names({ parameters: { binary_data_output: true } }), ['y true', 'words true']);
});

t.test('outputs are returned in the order of the request, each in the form that it says', async (t) => {
  const { outputs } = decode({
    parameters: { binary_data_output: true },
    outputs: [
      { name: 'words', parameters: { binary_data: false } },
      { name: 'y', parameters: { classification: 2 } },
    ],
    inputs: [input()],
  });
  t.match(outputs, [
    { spec: { name: 'words' }, binary: false, classes: undefined },
    { spec: { name: 'y' }, binary: true, classes: 2 },
  ]);
});

t.test('a body without JSON is the one input, and its answer is binary', async (t) => {
  const model = { inputs: [spec('x', 'FP32', -1, 2)], outputs: MODEL.outputs };
  const request = decodeInfer(floats(1, 2, 3, 4), '0', model);
  t.match(request, { id: undefined, priority: 0, outputs: [{ binary: true }, { binary: true }] });
  t.match(request.inputs, [{ name: 'x', datatype: 'FP32', shape: [2, 2] }]);
});

for (const [shape, bytes, closed] of [
  [[3], 12, [3]],
  [[-1], 20, [5]],
  [[-1, 3], 24, [2, 3]],
  [[-1, -1], 8, [1, 2]],
  [[2, -1], 16, [2, 2]],
  [[], 4, []],
] as const) {
  t.test(`${bytes} bytes of FP32 without JSON are [${closed.join()}] of [${shape.join()}]`, async (t) => {
    const model = { inputs: [spec('x', 'FP32', ...shape)], outputs: [] };
    t.strictSame(decodeInfer(Buffer.alloc(bytes), '0', model).inputs[0]!.shape, closed);
  });
}

t.test('a body without JSON is one element of BYTES', async (t) => {
  const model = { inputs: [spec('text', 'BYTES', -1, 1)], outputs: [] };
  const [tensor] = decodeInfer(Buffer.from('hello'), '0', model).inputs;
  t.strictSame(tensor!.shape, [1, 1]);
  t.strictSame(textsOf(tensor!.data), ['hello']);
});
