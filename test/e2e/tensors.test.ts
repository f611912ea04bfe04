/** Models of rows: raw bytes and JSON in and out, alone and together. */
import t from 'tap';
import { faultOf, get, jsonOf, post, postJson, until, type WireResponse } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { add, affine, fixed, int64, matmul, twoOutputs } from '../support/tiny-models.ts';

const models = modelRepository(t, {
  add: add(),
  affine: affine(),
  fixed: fixed(1),
  int64: int64(),
  matmul: matmul(1),
  'two-outputs': twoOutputs(),
});
const { port } = await startServer(t, { models, options: { defaultModel: 'affine', workers: 2 } });
await until(async () => (await get(port, '/v1/models')).body.toString().split('"ready"').length === 7);

const OCTETS = 'application/octet-stream';
const routeOf = (model: string): string => `/v1/models/${model}/predict`;
const floats = (values: readonly number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const outputs = (response: WireResponse) => jsonOf<{ outputs: unknown }>(response).outputs;
/** `rows` rows of four, each value different. */
const counted = (rows: number): number[] => Array.from({ length: rows * 4 }, (_, i) => i);

t.test('JSON rows come back as JSON rows', async (t) => {
  const response = await postJson(port, routeOf('affine'), { inputs: { x: [[0, 1, 2, 3]] } });
  t.match(jsonOf(response), {
    model: { name: 'affine', version: '1' },
    outputs: { y: [[1, 3, 5, 7]] },
    timings_ms: { infer: Number },
    batch: { size: 1 },
  });
});

t.test('raw rows come back as JSON, or raw when that is accepted', async (t) => {
  const body = floats([0, 1, 2, 3, 4, 5, 6, 7]);
  const asJson = await post(port, '/v1/predict', body);
  t.strictSame(outputs(asJson), {
    y: [
      [1, 3, 5, 7],
      [9, 11, 13, 15],
    ],
  });
  const asBytes = await post(port, '/v1/predict', body, { accept: OCTETS });
  t.equal(asBytes.headers.get('content-type'), OCTETS);
  t.match(asBytes.headers.get('server-timing'), /infer;dur=/);
  t.same(asBytes.body, floats([1, 3, 5, 7, 9, 11, 13, 15]));
});

t.test('JSON and raw rows get the same answer', async (t) => {
  const values = [0.1, -2.5, 3e-8, 1e20];
  const asJson = await postJson(port, '/v1/predict', { inputs: { x: [values] } });
  const asBytes = await post(port, '/v1/predict', floats(values));
  t.strictSame(outputs(asJson), outputs(asBytes));
});

t.test('a model with two inputs takes them by name', async (t) => {
  const response = await postJson(port, routeOf('add'), {
    inputs: { b: [[10, 20, 30]], a: [[1, 2, 3]] },
  });
  t.strictSame(outputs(response), { sum: [[11, 22, 33]] });
});

t.test('a model with two outputs gives both, as JSON even when bytes are accepted', async (t) => {
  const response = await post(port, routeOf('two-outputs'), floats([1, 2, 3, 4]), { accept: OCTETS });
  t.strictSame(outputs(response), { double: [[2, 4, 6, 8]], total: [[10]] });
});

t.test('integers of 64 bits survive beyond what a double holds', async (t) => {
  const response = await postJson(port, routeOf('int64'), { inputs: { n: [['9007199254740993', -1]] } });
  t.match(response.body.toString(), '[[9007199254740994,0]]');
});

for (const rows of [8, 9, 100]) {
  t.test(`${rows} rows in one request come back in their order, whatever the batch size`, async (t) => {
    const response = await post(port, '/v1/predict', floats(counted(rows)), { accept: OCTETS });
    t.equal(response.status, 200);
    t.same(response.body, floats(counted(rows).map((x) => 2 * x + 1)));
  });
}

t.test('a model with a fixed batch size of one takes many rows in one request', async (t) => {
  const response = await post(port, routeOf('fixed'), floats(counted(5)), { accept: OCTETS });
  t.same(response.body, floats(counted(5).map((x) => 2 * x + 1)));
});

t.test('NaN and infinity are refused in JSON, and themselves in raw rows', async (t) => {
  const body = floats([NaN, Infinity, -Infinity, 0]);
  const refused = await post(port, '/v1/predict', body);
  t.match(JSON.parse(refused.body.toString()), { code: 'NOT_FINITE', error: /octet-stream/ });
  const bytes = await post(port, '/v1/predict', body, { accept: OCTETS });
  t.same(bytes.body, floats([NaN, Infinity, -Infinity, 1]));
});

t.test('requests that share batches get their own rows', async (t) => {
  const values = Array.from({ length: 64 }, (_, i) => i);
  const answers = await Promise.all(
    values.map((value) => post(port, '/v1/predict', floats([value, value, value, value]))),
  );
  for (const [i, answer] of answers.entries()) {
    const value = 2 * i + 1;
    t.strictSame(outputs(answer), { y: [[value, value, value, value]] });
  }
});

t.test('a request with more rows than the queue can hold gets no Retry-After', async (t) => {
  const response = await post(port, '/v1/predict', floats(counted(1025)));
  t.strictSame(faultOf(response), [413, 'BODY_TOO_LARGE']);
  t.equal((await post(port, '/v1/predict', floats(counted(1024)))).status, 200);
});

t.test('a response too large for JSON is refused before it runs, and returned as raw bytes', async (t) => {
  const body = Buffer.alloc(250 * 1024 * 4);
  const asJson = await post(port, routeOf('matmul'), body);
  t.strictSame(faultOf(asJson), [400, 'BAD_SHAPE']);
  t.match(jsonOf(asJson)['error'], /accept: application\/octet-stream/);
  const raw = await post(port, routeOf('matmul'), body, { accept: OCTETS });
  t.equal(raw.body.length, body.length);
});
