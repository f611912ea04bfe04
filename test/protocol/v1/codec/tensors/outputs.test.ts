import fc from 'fast-check';
import t from 'tap';
import type { AnswerFacts } from '../../../../../src/task/task.ts';
import { encodeJsonTensors, wantsRawRows } from '../../../../../src/protocol/v1/codec/tensors/outputs.ts';
import { decodeJsonTensors } from '../../../../../src/protocol/v1/codec/tensors/tensors.ts';
import type { Datatype, TensorSpec } from '../../../../../src/tensor/tensor.ts';

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
const bufferOf = (view: { buffer: ArrayBufferLike }): ArrayBuffer => view.buffer as ArrayBuffer;
const outputsOf = (json: string): unknown => (JSON.parse(json) as { outputs: unknown }).outputs;

t.test('the outputs come between the model and the timings, to the byte', async (t) => {
  t.equal(
    encodeJsonTensors(answer, [spec('y', 'FP32', [2])], [bufferOf(Float32Array.of(1, 0.5, -2, 3))], 2),
    '{"request_id":"r-1","model":{"name":"m","version":"2"},"outputs":{"y":[[1,0.5],[-2,3]]},' +
      '"timings_ms":{"read":0,"queue":0,"decode":0,"infer":1,"post":0,"total":1},"batch":{"size":2,"reason":"full","width":"narrow"}}',
  );
});

t.test('several outputs keep their names, shapes and types', async (t) => {
  const specs = [spec('a"b', 'BOOL', [2]), spec('big', 'INT64'), spec('cube', 'UINT8', [1, 2, 1])];
  const buffers = [Uint8Array.of(1, 0), BigInt64Array.of(-7n), Uint8Array.of(8, 9)].map(bufferOf);
  t.strictSame(outputsOf(encodeJsonTensors(answer, specs, buffers, 1)), {
    'a"b': [[true, false]],
    big: [-7],
    cube: [[[[8], [9]]]],
  });
});

t.test('values that JSON cannot represent become null', async (t) => {
  const json = encodeJsonTensors(
    answer,
    [spec('y', 'FP32')],
    [bufferOf(Float32Array.of(NaN, Infinity, 1))],
    3,
  );
  t.strictSame(outputsOf(json), { y: [null, null, 1] });
});

t.test('a dimension of zero gives empty lists', async (t) => {
  const json = encodeJsonTensors(answer, [spec('y', 'FP32', [0, 3])], [new ArrayBuffer(0)], 2);
  t.strictSame(outputsOf(json), { y: [[], []] });
});

t.test('missing outputs are an internal error, not a partial response', async (t) => {
  t.throws(() => encodeJsonTensors(answer, [spec('y', 'FP32')], [], 1), { message: /output y/ });
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
        const y = spec('y', 'FP32', sides);
        const outputs = outputsOf(encodeJsonTensors(answer, [y], [bufferOf(values)], rows));
        const back = decodeJsonTensors(Buffer.from(JSON.stringify({ inputs: outputs })), [y]);
        return back.rows === rows && Buffer.from(values.buffer).equals(back.inputs[0] ?? Buffer.of());
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
