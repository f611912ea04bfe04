import t from 'tap';
import { atOnce } from '../../../../src/slices.ts';
import { encodeAnswer, type AnswerOutput } from '../../../../src/protocol/oip/codec/answer/answer.ts';
import { bytesOfTexts } from '../../../../src/tensor/strings.ts';
import type { Datatype, Tensor } from '../../../../src/tensor/tensor.ts';
import { floats, numbersOf } from './bodies.ts';

const HEAD = { id: '7', model: { name: 'm', version: '3' } };

const tensor = (name: string, datatype: Datatype, data: Uint8Array, ...shape: number[]): Tensor => ({
  name,
  datatype,
  shape,
  data,
});
const y = tensor('y', 'FP32', floats(1, 0.5, -2, 3), 2, 2);

const encoded = (...outputs: AnswerOutput[]) => atOnce(encodeAnswer(HEAD, outputs));

t.test('an answer in JSON has flat data, and no header length', async (t) => {
  const { contentType, body, headers } = encoded({ tensor: y, binary: false });
  t.equal(contentType, 'application/json');
  t.strictSame(headers, []);
  t.strictSame(JSON.parse(body as string), {
    id: '7',
    model_name: 'm',
    model_version: '3',
    outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 2], data: [1, 0.5, -2, 3] }],
  });
});

t.test('without an id there is none in the answer', async (t) => {
  const { body } = atOnce(encodeAnswer({ ...HEAD, id: undefined }, []));
  t.equal(body, '{"model_name":"m","model_version":"3","outputs":[]}');
});

t.test('binary outputs follow the JSON in their order, and only they have parameters', async (t) => {
  const words = tensor('words', 'BYTES', bytesOfTexts(['a', 'é']), 2);
  const { contentType, body, headers } = encoded(
    { tensor: y, binary: true },
    { tensor: words, binary: false },
    { tensor: { ...words, name: 'more' }, binary: true },
  );
  t.equal(contentType, 'application/octet-stream');
  const [[name, length]] = headers as [readonly [string, string]];
  t.equal(name, 'Inference-Header-Content-Length');
  const bytes = body as Buffer;
  const json = JSON.parse(bytes.subarray(0, Number(length)).toString()) as { outputs: object[] };
  t.strictSame(json.outputs, [
    { name: 'y', datatype: 'FP32', shape: [2, 2], parameters: { binary_data_size: 16 } },
    { name: 'words', datatype: 'BYTES', shape: [2], data: ['a', 'é'] },
    { name: 'more', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: 11 } },
  ]);
  const rest = bytes.subarray(Number(length));
  t.strictSame(numbersOf(rest.subarray(0, 16)), [1, 0.5, -2, 3]);
  t.same(Buffer.from(rest.subarray(16)), Buffer.from(words.data));
});

t.test('booleans and integers of 64 bits are written as they are', async (t) => {
  const big = Buffer.from(BigInt64Array.of(9007199254740993n, -1n).buffer);
  const { body } = encoded(
    { tensor: tensor('b', 'BOOL', Buffer.from([1, 0]), 2), binary: false },
    { tensor: tensor('n', 'INT64', big, 2), binary: false },
    { tensor: tensor('u', 'UINT8', Buffer.from([255]), 1), binary: false },
  );
  t.match(body, /"data":\[true,false\]/);
  t.match(body, /"data":\[9007199254740993,-1\]/);
  t.match(body, /"data":\[255\]/);
});

t.test('data that begin at an odd byte are read all the same', async (t) => {
  const odd = Buffer.concat([Buffer.from([0]), floats(1, 2)]).subarray(1);
  const { body } = encoded({ tensor: tensor('y', 'FP32', odd, 2), binary: false });
  t.match(body, /"data":\[1,2\]/);
});

t.test('an output without elements is an empty list, or no bytes', async (t) => {
  const empty = tensor('y', 'FP32', Buffer.alloc(0), 0, 4);
  t.match(encoded({ tensor: empty, binary: false }).body, /"shape":\[0,4\],"data":\[\]/);
  t.match(encoded({ tensor: empty, binary: true }).body.toString(), /"binary_data_size":0/);
});

for (const value of [NaN, Infinity, -Infinity]) {
  t.test(`${value} in JSON is refused with a hint to ask for binary, where it is returned`, async (t) => {
    const bad = tensor('y', 'FP32', floats(1, value), 2);
    t.throws(() => encoded({ tensor: bad, binary: false }), {
      code: 'NOT_FINITE',
      message: /Element 1 of the output y .*binary_data/,
    });
    const { body, headers } = encoded({ tensor: bad, binary: true });
    t.same(numbersOf((body as Buffer).subarray(Number(headers[0]![1]))), [1, value]);
  });
}

t.test('bytes that are no text are refused in JSON', async (t) => {
  const bytes = tensor('w', 'BYTES', Buffer.from([1, 0, 0, 0, 0xff]), 1);
  t.throws(() => encoded({ tensor: bytes, binary: false }), { code: 'BAD_FIELD' });
});
