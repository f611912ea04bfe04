/** Tensors to bytes and back, as the Open Inference Protocol writes them; answers are laid out by hand. */
import fc from 'fast-check';
import t from 'tap';
import { decodeInfer, encodeInfer } from '../../client/src/infer.ts';
import { Ortolan, type InputTensor, type Tensor } from '../../client/src/ortolan.ts';
import { answer, answering } from './fixtures/answering.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** The bytes of an answer with one output, and the length of its JSON. */
function answerOf(
  output: object,
  bytes: Uint8Array = new Uint8Array(),
  size = bytes.length,
): readonly [Uint8Array<ArrayBuffer>, string] {
  const outputs = [{ name: 'y', parameters: { binary_data_size: size }, ...output }];
  const head = text(JSON.stringify({ model_name: 'net', model_version: '1', outputs }));
  return [Uint8Array.from([...head, ...bytes]), String(head.length)];
}

const decoded = (...parts: Parameters<typeof answerOf>): Tensor =>
  decodeInfer(...answerOf(...parts)).outputs['y']!;

interface Head {
  readonly inputs: readonly { readonly datatype: string; readonly shape: readonly number[] }[];
}

/** The request that a server reads: its JSON, and the bytes after that. */
function sent(
  body: Uint8Array,
  headers: Readonly<Record<string, unknown>>,
): { readonly head: Head; readonly bytes: Uint8Array } {
  const length = Number(headers['inference-header-content-length']);
  return {
    head: JSON.parse(new TextDecoder().decode(body.subarray(0, length))) as Head,
    bytes: body.subarray(length),
  };
}

/** What an input becomes. */
function encoded(input: InputTensor): Head['inputs'][0] & { readonly bytes: readonly number[] } {
  const { body, headers } = encodeInfer({ inputs: { x: input } });
  const { head, bytes } = sent(body, headers);
  return { ...head.inputs[0]!, bytes: [...bytes] };
}

t.test('a request is JSON and then the bytes of each tensor, in order', async (t) => {
  const { url, asked } = await answering(t, [answer(200, { model_name: 'net', outputs: [] })]);
  await new Ortolan(url).infer(
    'net',
    {
      x: { data: Float32Array.of(1, 2), shape: [1, 2] },
      n: { data: BigInt64Array.of(-1n) },
    },
    { version: '2', outputs: ['y', { name: 'z', classification: 3 }], parameters: { priority: 1 } },
  );
  t.equal(asked[0]?.path, '/v2/models/net/versions/2/infer');
  const { head, bytes } = sent(asked[0]!.body, asked[0]!.headers);
  t.strictSame(head, {
    parameters: { priority: 1 },
    inputs: [
      { name: 'x', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: 8 } },
      { name: 'n', datatype: 'INT64', shape: [1], parameters: { binary_data_size: 8 } },
    ],
    outputs: [
      { name: 'y', parameters: { binary_data: true } },
      { name: 'z', parameters: { binary_data: true, classification: 3 } },
    ],
  });
  t.strictSame([...bytes], [0, 0, 128, 63, 0, 0, 0, 64, ...Array<number>(8).fill(255)]);
});

t.test('without a list of outputs all are asked for, as bytes', (t) => {
  const { body, headers } = encodeInfer({ inputs: {} });
  t.strictSame(sent(body, headers).head, { parameters: { binary_data_output: true }, inputs: [] });
  t.end();
});

t.test('each array has its datatype, and only one that it can hold may be named', (t) => {
  const arrays: readonly [InputTensor['data'], string][] = [
    [Float64Array.of(1), 'FP64'],
    [Int8Array.of(1), 'INT8'],
    [Int16Array.of(1), 'INT16'],
    [Int32Array.of(1), 'INT32'],
    [Uint8Array.of(1), 'UINT8'],
    [Uint8ClampedArray.of(1), 'UINT8'],
    [Buffer.of(1), 'UINT8'],
    [Uint16Array.of(1), 'UINT16'],
    [Uint32Array.of(1), 'UINT32'],
    [BigUint64Array.of(1n), 'UINT64'],
    [[true], 'BOOL'],
    [['a'], 'BYTES'],
  ];
  for (const [data, datatype] of arrays) t.equal(encoded({ data }).datatype, datatype);
  t.equal(encoded({ data: Uint16Array.of(1), datatype: 'BF16' }).datatype, 'BF16');
  t.equal(encoded({ data: Uint8Array.of(1), datatype: 'BOOL' }).datatype, 'BOOL');
  t.throws(() => encoded({ data: Float32Array.of(1), datatype: 'INT32' }), /Float32Array holds no INT32/);
  t.throws(() => encoded({ data: [1] as never }), /typed array/);
  t.throws(() => encoded({ data: [1] as never, datatype: 'FP32' }), /typed array/);
  t.throws(() => encoded({ data: [true, 'a'] as never }), /typed array/);
  t.throws(() => encoded({ data: new DataView(new ArrayBuffer(4)) as never }), /DataView holds no tensor/);
  t.end();
});

t.test('a view of a larger buffer sends only its own bytes', (t) => {
  const { bytes } = encoded({ data: Int32Array.of(1, 2, 3).subarray(1, 2) });
  t.strictSame(bytes, [2, 0, 0, 0]);
  t.end();
});

t.test('texts and bytes go with their lengths, and come back as both', (t) => {
  const { bytes } = encoded({ data: ['é', Uint8Array.of(255)], shape: [1, 2] });
  t.strictSame(bytes, [2, 0, 0, 0, 0xc3, 0xa9, 1, 0, 0, 0, 255]);
  const tensor = decoded({ datatype: 'BYTES', shape: [1, 2] }, Uint8Array.from(bytes));
  t.match(tensor, { shape: [1, 2], data: ['é', '\u{fffd}'], bytes: [text('é'), Uint8Array.of(255)] });
  t.end();
});

t.test('an output is an array of its datatype wherever its bytes lie, and INT64 is exact', (t) => {
  const value = 2n ** 62n + 1n;
  const bytes = new Uint8Array(BigInt64Array.of(value).buffer);
  for (const padding of ['', '1', '12', '123']) {
    const [body, length] = answerOf({ datatype: 'INT64', shape: [1], padding }, bytes);
    t.strictSame(decodeInfer(body, length).outputs['y']?.data, BigInt64Array.of(value));
  }
  const half = decoded({ datatype: 'FP16', shape: [1] }, Uint8Array.of(0, 0x3c));
  t.equal(half.data.constructor, (globalThis as { Float16Array?: unknown }).Float16Array ?? Uint16Array);
  t.strictSame(
    decoded({ datatype: 'BF16', shape: [1] }, Uint8Array.of(128, 63)).data,
    Uint16Array.of(0x3f80),
  );
  t.strictSame(decoded({ datatype: 'FP32', shape: [0, 4] }).data, new Float32Array());
  t.equal(decoded({ datatype: 'FP32', shape: [] }, Uint8Array.of(0, 0, 128, 63)).data[0], 1);
  t.end();
});

t.test('an answer in JSON is read where JSON gives the numbers exactly', (t) => {
  const json = (datatype: string, data: unknown): Tensor =>
    decoded({ datatype, shape: [2], data, parameters: {} });
  t.strictSame(json('FP32', [[1], [2]]).data, Float32Array.of(1, 2));
  t.strictSame(json('INT64', [1, -2]).data, BigInt64Array.of(1n, -2n));
  t.strictSame(json('BOOL', [true, false]).data, Uint8Array.of(1, 0));
  t.strictSame(json('BYTES', ['a', 'b']).data, ['a', 'b']);
  for (const [datatype, data] of [
    ['INT64', [2 ** 53, 1]],
    ['FP32', [null, 1]],
    ['BF16', [1, 2]],
    ['BYTES', [1, 2]],
    ['FP32', [1]],
    ['constructor', [1, 2]],
    ['FP32', undefined],
  ] as const) {
    t.throws(() => json(datatype, data), { code: 'BAD_ANSWER', message: datatype });
  }
  t.end();
});

t.test('an answer that contradicts itself is an error, never a wrong tensor', (t) => {
  const four = Uint8Array.of(9, 0, 0, 0);
  const wrong: readonly Parameters<typeof answerOf>[] = [
    [{ datatype: 'FP32', shape: [2] }, four],
    [{ datatype: 'FP32', shape: [1] }, four, 8],
    [{ datatype: 'FP32', shape: [0] }, four, -4],
    [{ datatype: 'FP32', shape: [1] }, four, 1.5],
    [{ datatype: 'toString', shape: [4] }, four],
    [{ datatype: 'BYTES', shape: [1] }, four],
    [{ datatype: 'BYTES', shape: [2] }, Uint8Array.of(0, 0, 0, 0)],
    [{ datatype: 'FP32', shape: [1], name: 1 }, four],
    [{ datatype: 'BYTES', shape: [1] }, Uint8Array.of(9, 0)],
    [{ datatype: 'FP32' }, four],
    [{ datatype: 'FP32', shape: [-1, -1] }, four],
  ];
  for (const parts of wrong) {
    t.throws(() => decoded(...parts), { code: 'BAD_ANSWER' }, JSON.stringify(parts));
  }
  const [body] = answerOf({ datatype: 'FP32', shape: [1] }, four);
  for (const length of ['5', '100000', 'x', '-1']) {
    t.throws(() => decodeInfer(body, length), { code: 'BAD_ANSWER' }, length);
  }
  t.end();
});

t.test('whatever bytes an answer has, it is read or is an error of this client', (t) => {
  const json = fc.json().map((value) => text(value));
  const outputs = fc
    .array(
      fc.record(
        {
          name: fc.oneof(fc.string(), fc.constant('__proto__')),
          datatype: fc.constantFrom('FP32', 'BYTES', 'INT64', 'BOOL', 'X'),
          shape: fc.oneof(fc.array(fc.integer({ min: -1, max: 3 })), fc.jsonValue()),
          parameters: fc.oneof(
            fc.record({ binary_data_size: fc.integer({ min: -1, max: 30 }) }),
            fc.jsonValue(),
          ),
          data: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    )
    .map((list) => text(JSON.stringify({ outputs: list })));
  fc.assert(
    fc.property(
      fc.oneof(json, outputs),
      fc.uint8Array({ maxLength: 40 }),
      fc.boolean(),
      (head, tail, all) => {
        const body = Uint8Array.from([...head, ...tail]);
        try {
          decodeInfer(body, all ? null : String(head.length));
        } catch (error) {
          if ((error as { code?: string }).code !== 'BAD_ANSWER') throw error;
        }
      },
    ),
    { numRuns: 2000 },
  );
  t.end();
});
