/** The Open Inference Protocol: JSON and binary in and out, images, classes, deadlines, statistics. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import t from 'tap';
import { faultOf, get, jsonOf, post, postJson, until, type WireResponse } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { PHOTOS, startServer } from '../support/start-server.ts';
import { add, affine, brightness, fixed, int64, matmul, twoOutputs } from '../support/tiny-models.ts';

const photos = brightness();
const models = modelRepository(t, {
  add: add(),
  affine: { ...affine(), config: { ...affine().config, versionLabels: { stable: 1 } } },
  brightness: photos,
  fixed: fixed(1),
  int64: int64(),
  matmul: matmul(1),
  'two-outputs': twoOutputs(),
});
const { port } = await startServer(t, { models, options: { defaultModel: 'affine', workers: 2 } });
await until(async () => (await get(port, '/v1/models')).body.toString().split('"ready"').length === 8);

const LENGTH = 'inference-header-content-length';
const routeOf = (model: string): string => `/v2/models/${model}/infer`;
const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const x = (data: unknown, ...shape: number[]): object => ({ name: 'x', datatype: 'FP32', shape, data });
const AFFINE = { inputs: [x([0, 1, 2, 3], 1, 4)] };

interface Output {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data?: readonly unknown[];
  readonly parameters?: { readonly binary_data_size: number };
}
interface Inferred {
  readonly id?: string;
  readonly outputs: readonly Output[];
}

/** A body of JSON with bytes behind it. */
function postBinary(path: string, json: object, bytes: Uint8Array, headers = {}): Promise<WireResponse> {
  const text = Buffer.from(JSON.stringify(json));
  return post(port, path, Buffer.concat([text, bytes]), { [LENGTH]: String(text.length), ...headers });
}

/** The JSON of an answer, and the bytes behind it. */
function parts({ headers, body }: WireResponse): { json: Inferred; bytes: Buffer } {
  const length = Number(headers.get(LENGTH));
  return { json: JSON.parse(body.subarray(0, length).toString()) as Inferred, bytes: body.subarray(length) };
}
const numbers = (bytes: Uint8Array): number[] => [...new Float32Array(new Uint8Array(bytes).buffer)];

t.test('JSON comes back as JSON, with the id', async (t) => {
  const response = await postJson(port, routeOf('affine'), { id: 'a-1', ...AFFINE });
  t.equal(response.headers.get('content-type'), 'application/json');
  t.notOk(response.headers.has(LENGTH));
  t.strictSame(jsonOf(response), {
    id: 'a-1',
    model_name: 'affine',
    model_version: '1',
    outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 4], data: [1, 3, 5, 7] }],
  });
});

t.test('a version in the path is a number or a label', async (t) => {
  for (const version of ['1', 'stable']) {
    const response = await postJson(port, `/v2/models/affine/versions/${version}/infer`, AFFINE);
    t.match(jsonOf(response), { model_version: '1' });
  }
  const unknown = await postJson(port, '/v2/models/affine/versions/7/infer', AFFINE);
  t.strictSame(faultOf(unknown), [404, 'MODEL_NOT_FOUND']);
});

t.test('binary tensors go in and come out, whatever the content type says', async (t) => {
  const json = {
    parameters: { binary_data_output: true },
    inputs: [{ name: 'x', datatype: 'FP32', shape: [2, 4], parameters: { binary_data_size: 32 } }],
  };
  for (const type of ['application/octet-stream', 'application/json', 'application/x-www-form-urlencoded']) {
    const bytes = floats(0, 1, 2, 3, 4, 5, 6, 7);
    const response = await postBinary(routeOf('affine'), json, bytes, { 'content-type': type });
    t.equal(response.headers.get('content-type'), 'application/octet-stream');
    const answer = parts(response);
    t.strictSame(answer.json.outputs, [
      { name: 'y', datatype: 'FP32', shape: [2, 4], parameters: { binary_data_size: 32 } },
    ]);
    t.strictSame(numbers(answer.bytes), [1, 3, 5, 7, 9, 11, 13, 15]);
  }
});

t.test('several inputs, in any order, of which some are binary', async (t) => {
  const json = {
    inputs: [
      { name: 'b', datatype: 'FP32', shape: [1, 3], parameters: { binary_data_size: 12 } },
      { name: 'a', datatype: 'FP32', shape: [1, 3], data: [[1, 2, 3]] },
    ],
  };
  const response = await postBinary(routeOf('add'), json, floats(10, 20, 30));
  t.strictSame(jsonOf<Inferred>(response).outputs[0]!.data, [11, 22, 33]);
});

t.test('only the outputs that are asked for are returned, in that order and form', async (t) => {
  const inputs = [x([1, 2, 3, 4], 1, 4)];
  const outputs = [{ name: 'total', parameters: { binary_data: true } }, { name: 'double' }];
  const { json, bytes } = parts(await postJson(port, routeOf('two-outputs'), { inputs, outputs }));
  t.match(json.outputs, [
    { name: 'total', parameters: { binary_data_size: 4 } },
    { name: 'double', data: [2, 4, 6, 8] },
  ]);
  t.strictSame(numbers(bytes), [10]);
});

t.test('a body without JSON is the one input, and is answered in binary', async (t) => {
  const response = await post(port, routeOf('affine'), floats(0, 1, 2, 3), { [LENGTH]: '0' });
  t.strictSame(numbers(parts(response).bytes), [1, 3, 5, 7]);
});

t.test('integers of 64 bits are exact in JSON', async (t) => {
  const body = '{"inputs":[{"name":"n","datatype":"INT64","shape":[1,2],"data":[9007199254740993,-1]}]}';
  const response = await post(port, routeOf('int64'), body);
  t.match(response.body.toString(), '[9007199254740994,0]');
});

for (const rows of [5, 8, 20]) {
  t.test(`${rows} rows come back in their order, from models with open and fixed batches`, async (t) => {
    const values = Array.from({ length: rows * 4 }, (_, i) => i);
    for (const model of ['affine', 'fixed']) {
      const response = await postJson(port, routeOf(model), { inputs: [x(values, rows, 4)] });
      t.strictSame(
        jsonOf<Inferred>(response).outputs[0]!.data,
        values.map((value) => 2 * value + 1),
        model,
      );
    }
  });
}

t.test('bodies and answers may be compressed, with gzip and with deflate', async (t) => {
  const values = Array.from({ length: 4000 }, (_, i) => i % 10);
  const json = Buffer.from(JSON.stringify({ inputs: [x(values, 1000, 4)] }));
  for (const [coding, pack, unpack] of [
    ['gzip', gzipSync, gunzipSync],
    ['deflate', deflateSync, inflateSync],
  ] as const) {
    const headers = { 'content-encoding': coding, 'accept-encoding': coding, [LENGTH]: String(json.length) };
    const response = await post(port, routeOf('affine'), pack(json), headers);
    t.equal(response.headers.get('content-encoding'), coding);
    const { outputs } = JSON.parse(unpack(response.body).toString()) as Inferred;
    t.equal(outputs[0]!.data!.length, 4000);
  }
});

t.test('limits hold for what a body inflates to, and errors are not compressed', async (t) => {
  const bomb = gzipSync(Buffer.alloc(30 * 1024 * 1024, 0x20));
  const headers = { 'content-encoding': 'gzip', 'accept-encoding': 'gzip', [LENGTH]: '5' };
  const response = await post(port, routeOf('affine'), bomb, headers);
  t.strictSame(faultOf(response), [413, 'BODY_TOO_LARGE']);
  t.notOk(response.headers.has('content-encoding'));
});

t.test('an image in BYTES runs the preprocessing, and its pixels as a tensor do not', async (t) => {
  const photo = readFileSync(join(PHOTOS, 'cat.jpg'));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(photo.length);
  const image = { name: 'image', datatype: 'BYTES', shape: [2] };
  const framed = Buffer.concat([length, photo, length, photo]);
  const answered = await postBinary(routeOf('brightness'), { inputs: [image] }, framed);
  const [scores] = jsonOf<Inferred>(answered).outputs;
  t.strictSame(scores!.shape, [2, 3]);
  t.strictSame(scores!.data!.slice(0, 3), scores!.data!.slice(3));
  const base64 = { ...image, shape: [1, 1], parameters: { content_type: 'base64' } };
  const fromJson = await postJson(port, routeOf('brightness'), {
    inputs: [{ ...base64, data: [photo.toString('base64')] }],
  });
  t.strictSame(jsonOf<Inferred>(fromJson).outputs[0]!.data, scores!.data!.slice(0, 3));
  const alone = await post(port, routeOf('brightness'), photo, { [LENGTH]: '0' });
  t.strictSame(numbers(parts(alone).bytes), scores!.data!.slice(0, 3));
  const pixels = { name: 'image', datatype: 'UINT8', shape: [1, 8, 8, 3], data: Array(192).fill(255) };
  const white = await postJson(port, routeOf('brightness'), { inputs: [pixels] });
  t.strictSame(jsonOf<Inferred>(white).outputs[0]!.data, [1, 1, 1]);
});

t.test('classes have values, indexes and labels', async (t) => {
  const pixels = [...Array(64)].flatMap(() => [0, 255, 51]);
  const inputs = [{ name: 'image', datatype: 'UINT8', shape: [1, 8, 8, 3], data: pixels }];
  const outputs = [{ name: 'scores', parameters: { classification: 2 } }];
  const response = await postJson(port, routeOf('brightness'), { inputs, outputs });
  t.match(jsonOf<Inferred>(response).outputs, [
    { datatype: 'BYTES', shape: [1, 2], data: ['1.000000:1:green', '0.200000:2:blue'] },
  ]);
});

t.test('what is no image, or ends early, is refused by its number', async (t) => {
  const photo = readFileSync(join(PHOTOS, 'cat.jpg')).toString('base64');
  const ask = (data: string[]): Promise<WireResponse> =>
    postJson(port, routeOf('brightness'), {
      inputs: [
        {
          name: 'image',
          datatype: 'BYTES',
          shape: [data.length],
          parameters: { content_type: 'base64' },
          data,
        },
      ],
    });
  const bad = await ask([photo, Buffer.from('hello there').toString('base64')]);
  t.strictSame(faultOf(bad), [400, 'NOT_AN_IMAGE']);
  t.match(jsonOf(bad), { error: /^Image 1: /, pointer: '/inputs/0' });
  t.strictSame(faultOf(await ask([photo, photo.slice(0, 4000)])), [400, 'IMAGE_TRUNCATED']);
  t.strictSame(faultOf(await ask(Array<string>(17).fill(photo.slice(0, 400)))), [413, 'TOO_MANY_IMAGES']);
});

t.test('a length of BYTES that lies is refused', async (t) => {
  const image = { name: 'image', datatype: 'BYTES', shape: [1] };
  for (const bytes of [
    [255, 255, 255, 255, 1],
    [1, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0],
  ]) {
    const response = await postBinary(routeOf('brightness'), { inputs: [image] }, Uint8Array.from(bytes));
    t.strictSame(faultOf(response), [400, 'BAD_SHAPE']);
  }
});

t.test('NaN in an answer is refused in JSON, and returned in binary', async (t) => {
  const json = {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], parameters: { binary_data_size: 16 } }],
  };
  const bytes = floats(NaN, 1, Infinity, 0);
  const refused = await postBinary(routeOf('affine'), json, bytes);
  t.strictSame(faultOf(refused), [400, 'NOT_FINITE']);
  t.match(jsonOf(refused)['error'], /binary_data/);
  const asked = { ...json, parameters: { binary_data_output: true } };
  t.strictSame(numbers(parts(await postBinary(routeOf('affine'), asked, bytes)).bytes), [
    NaN,
    3,
    Infinity,
    1,
  ]);
});

t.test('an answer with too many values for JSON is refused before it runs', async (t) => {
  const json = {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [250, 1024], parameters: { binary_data_size: 1024_000 } }],
  };
  const response = await postBinary(routeOf('matmul'), json, Buffer.alloc(1024_000));
  t.strictSame(faultOf(response), [400, 'BAD_SHAPE']);
  t.match(jsonOf(response), { error: /binary_data_output/, pointer: '/outputs' });
});

t.test('a deadline in microseconds that cannot be met is refused', async (t) => {
  const ask = (timeout: number) =>
    postJson(port, routeOf('affine'), { ...AFFINE, parameters: { timeout, priority: 1 } });
  t.equal((await ask(20_000_000)).status, 200);
  const late = await ask(1);
  t.ok(['OVERLOADED', 'DEADLINE_EXCEEDED'].includes(String(jsonOf(late)['code'])));
  t.ok([503, 504].includes(late.status));
});

t.test('names, types and shapes that are not those of the model are refused with their place', async (t) => {
  const faults = [
    [{ inputs: [{ ...x([1, 2, 3, 4], 1, 4), name: 'z' }] }, 'BAD_FIELD'],
    [{ inputs: [x([1, 2, 3, 4], 1, 4), { ...x([1], 1), name: 'z' }] }, 'BAD_FIELD'],
    [{ inputs: [x([1, 2, 3], 1, 3)] }, 'BAD_SHAPE'],
    [{ inputs: [x([1, 2, 3, 4], 4)] }, 'BAD_SHAPE'],
    [{ inputs: [{ ...x([1, 2, 3, 4], 1, 4), datatype: 'FP64' }] }, 'BAD_SHAPE'],
    [{ inputs: [x([], 0, 4)] }, 'EMPTY_BODY'],
  ] as const;
  for (const [body, code] of faults) {
    const response = await postJson(port, routeOf('affine'), body);
    t.strictSame(faultOf(response), [400, code], JSON.stringify(body));
    t.equal(response.headers.get('content-type'), 'application/json');
  }
});

t.test('a name that leads out of the repository, or is no text, is not found', async (t) => {
  for (const name of [
    '..',
    '%2e%2e',
    '..%2faffine',
    '%2e%2e%2f%2e%2e%2fetc',
    'affine%00',
    '%ff',
    '%',
    'x'.repeat(2000),
  ]) {
    for (const path of [`/v2/models/${name}/infer`, `/v2/models/affine/versions/${name}/infer`]) {
      const response = await postJson(port, path, AFFINE);
      t.equal(response.status, 404, path);
      t.match(jsonOf(response)['code'], /^(?:MODEL|ROUTE)_NOT_FOUND$/);
    }
    t.equal((await get(port, `/v2/models/${name}`)).status, 404);
  }
  t.equal((await get(port, '/v2/health/live')).status, 200);
});

t.test('statistics count requests, rows and batches', async (t) => {
  const stats = async (): Promise<{
    inference_count: number;
    inference_stats: { success: { count: number } };
  }> => jsonOf<{ model_stats: [never] }>(await get(port, '/v2/models/add/stats')).model_stats[0];
  const before = await stats();
  const inputs = ['a', 'b'].map((name) => ({ ...x([1, 2, 3, 4, 5, 6], 2, 3), name }));
  t.equal((await postJson(port, routeOf('add'), { inputs })).status, 200);
  const after = await stats();
  t.equal(after.inference_count - before.inference_count, 2);
  t.equal(after.inference_stats.success.count - before.inference_stats.success.count, 1);
});
