import fc from 'fast-check';
import t from 'tap';
import type { AnswerFacts } from '../../../../../src/task/task.ts';
import {
  encodeJsonTensors,
  requireJson,
  wantsRawRows,
} from '../../../../../src/protocol/v1/codec/tensors/outputs.ts';
import { decodeJsonTensors } from '../../../../../src/protocol/v1/codec/tensors/tensors.ts';
import { bytesOfTexts } from '../../../../../src/tensor/strings.ts';
import type { Datatype, Tensor, TensorSpec } from '../../../../../src/tensor/tensor.ts';
import { atOnce, inSlices } from '../../../../../src/slices.ts';

const answer: AnswerFacts = {
  requestId: 'r-1',
  model: { name: 'm', version: '2' },
  timings: { read: 0, queue: 0, decode: 0, infer: 1, post: 0, total: 1 },
  batch: { size: 2, reason: 'full', width: 'narrow' },
};
const spec = (name: string, datatype: Datatype, shape: readonly number[] = []): TensorSpec => ({
  name,
  datatype,
  shape,
});
const tensor = (
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  view: ArrayBufferView,
): Tensor => ({
  name,
  datatype,
  shape,
  data: new Uint8Array(view.buffer),
});
const fp32 = (shape: readonly number[], ...values: readonly number[]): Tensor =>
  tensor('y', 'FP32', shape, Float32Array.from(values));
const outputsOf = (json: string): unknown => (JSON.parse(json) as { outputs: unknown }).outputs;

t.test('the outputs come between the model and the timings, to the byte', async (t) => {
  t.equal(
    atOnce(encodeJsonTensors(answer, [fp32([2, 2], 1, 0.5, -2, 3)])),
    '{"request_id":"r-1","model":{"name":"m","version":"2"},"outputs":{"y":[[1,0.5],[-2,3]]},' +
      '"timings_ms":{"read":0,"queue":0,"decode":0,"infer":1,"post":0,"total":1},"batch":{"size":2,"reason":"full","width":"narrow"}}',
  );
});

t.test('several outputs keep their names, shapes and types', async (t) => {
  const outputs = [
    tensor('a"b', 'BOOL', [1, 2], Uint8Array.of(1, 0)),
    tensor('big', 'INT64', [1], BigInt64Array.of(-7n)),
    tensor('cube', 'UINT8', [1, 1, 2, 1], Uint8Array.of(8, 9)),
    tensor('scalar', 'FP64', [], Float64Array.of(0.1)),
    tensor('texts', 'BYTES', [2], bytesOfTexts(['a"', 'ü'])),
  ];
  t.strictSame(outputsOf(atOnce(encodeJsonTensors(answer, outputs))), {
    scalar: 0.1,
    texts: ['a"', 'ü'],
    'a"b': [[true, false]],
    big: [-7],
    cube: [[[[8], [9]]]],
  });
});

t.test('NaN and infinities are refused, and the way to get them is named', async (t) => {
  for (const value of [NaN, Infinity, -Infinity]) {
    t.throws(() => atOnce(encodeJsonTensors(answer, [fp32([2], 1, value)])), {
      code: 'NOT_FINITE',
      message: /The output y has .*octet-stream/,
    });
  }
});

t.test('what JSON cannot carry is refused before anything is run', async (t) => {
  t.throws(() => requireJson(1, [spec('y', 'FP16', [-1])]), {
    code: 'BAD_SHAPE',
    message: /FP16.*octet-stream/,
  });
  const wide = spec('y', 'FP32', [-1, 1000]);
  t.doesNotThrow(() => requireJson(250, [wide]));
  t.throws(() => requireJson(251, [wide]), { code: 'BAD_SHAPE', message: /251000 numbers/ });
  t.throws(
    () => atOnce(encodeJsonTensors(answer, [tensor('y', 'FP32', [250_001], new Float32Array(250_001))])),
    {
      code: 'BAD_SHAPE',
    },
  );
});

t.test('a dimension of zero gives empty lists', async (t) => {
  t.strictSame(outputsOf(atOnce(encodeJsonTensors(answer, [fp32([2, 0, 3])]))), { y: [[], []] });
});

t.test('floats written and read again are the same bits', async () => {
  const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 });
  fc.assert(
    fc.property(
      shape,
      fc.integer({ min: 1, max: 3 }),
      fc.infiniteStream(fc.float({ noNaN: true, noDefaultInfinity: true })),
      (sides, rows, stream) => {
        const count = sides.reduce((product, side) => product * side, rows);
        const values = Float32Array.from([...stream.take(count)], (value) => value + 0);
        const shape = [rows, ...sides];
        const outputs = outputsOf(atOnce(encodeJsonTensors(answer, [fp32(shape, ...values)])));
        const open = spec(
          'y',
          'FP32',
          shape.map(() => -1),
        );
        const [back] = decodeJsonTensors(Buffer.from(JSON.stringify({ inputs: outputs })), [open]).inputs;
        return back!.shape.join() === shape.join() && Buffer.from(values.buffer).equals(back!.data);
      },
    ),
  );
});

t.test('raw bytes are for clients that accept them, from models with one output', async (t) => {
  const one = [spec('y', 'FP32')];
  t.equal(wantsRawRows('application/octet-stream', one), true);
  t.equal(wantsRawRows('application/json, Application/Octet-Stream;q=0.5', one), true);
  t.equal(wantsRawRows('application/octet-stream', [...one, ...one]), false);
  for (const accept of [undefined, '', '*/*', 'application/json']) t.equal(wantsRawRows(accept, one), false);
});

t.test('a large answer is written in slices, and is the same text', async (t) => {
  const values = Float32Array.from({ length: 3 * 5 * 1000 }, (_, index) => index / 3);
  const large = [tensor('y', 'FP32', [3, 5, 1000], values)];
  const written = inSlices(encodeJsonTensors(answer, large));
  t.ok(written instanceof Promise);
  t.equal(await written, atOnce(encodeJsonTensors(answer, large)));
  const lists = [0, 1, 2].map((i) =>
    [0, 1, 2, 3, 4].map((j) => [...values.subarray((5 * i + j) * 1000, (5 * i + j + 1) * 1000)]),
  );
  t.strictSame(outputsOf(await written), { y: lists });
});
