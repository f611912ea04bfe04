/**
 * A federated round over HTTP: the operator opens it with the command, clients in JavaScript train the head on data of their
 * own and send updates, the operator closes it, and the files that come of it are served and answer better.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeSafetensors } from '../../src/tensor/safetensors.ts';
import { FLOAT, floats, writeModel } from '../../tools/onnx/model.ts';
import { ortolan } from '../cli/ortolan.ts';
import { tensor } from '../federated/fixtures/tensor.ts';
import { testFolder, testKey, writeKeys, type TestKey } from '../support/api-keys.ts';
import { send, until } from '../support/http-client.ts';
import { startServer } from '../support/start-server.ts';

const CLASSES = 3;
const WIDTH = 4;
/** Where the samples of each class lie. */
const CENTRES = [
  [2, 0, 0, 1],
  [0, 2, 0, -1],
  [0, 0, 2, 0],
];

interface Samples {
  readonly features: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** The client that users copy. */
interface Client {
  takePart(part: Samples & { server: string; model: string; key: string; rate?: number }): Promise<object>;
  readFloats(buffer: ArrayBuffer): { name: string; shape: number[]; data: Float32Array }[];
  writeFloats(tensors: readonly { name: string; shape: readonly number[]; data: Float32Array }[]): Uint8Array;
}
const { takePart, readFloats, writeFloats } = (await import(
  new URL('../../models/federated/client.js', import.meta.url).href
)) as Client;

/** Samples around the centres; the same for a seed. */
function samplesOf(seed: number, count = 60): Samples {
  let state = seed;
  const next = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const labels = Array.from({ length: count }, (_, index) => index % CLASSES);
  const features = labels.map((label) =>
    CENTRES[label]!.map((centre) => centre + 1.6 * (next() + next() - 1)),
  );
  return { features, labels };
}

/** scores = x * head.weight + head.bias, which begin as nothing. */
const headModel = (): Buffer =>
  writeModel({
    inputs: [{ name: 'x', type: FLOAT, shape: ['N', WIDTH] }],
    outputs: [{ name: 'scores', type: FLOAT, shape: ['N', CLASSES] }],
    nodes: [
      { op: 'MatMul', inputs: ['x', 'head.weight'], outputs: ['product'] },
      { op: 'Add', inputs: ['product', 'head.bias'], outputs: ['scores'] },
    ],
    constants: [
      floats('head.weight', [WIDTH, CLASSES], Array(WIDTH * CLASSES).fill(0)),
      floats('head.bias', [CLASSES], Array(CLASSES).fill(0)),
    ],
  });

interface Federation {
  readonly port: number;
  readonly server: string;
  readonly models: string;
  readonly rounds: string;
  readonly clients: readonly TestKey[];
  readonly predictor: TestKey;
  /** Runs `ortolan federated …` as the operator. */
  readonly operator: (...args: readonly string[]) => ReturnType<typeof ortolan>;
}

async function federation(t: Test, clients = 5): Promise<Federation> {
  const folder = testFolder(t);
  const models = join(folder, 'models');
  mkdirSync(join(models, 'net/1'), { recursive: true });
  writeFileSync(join(models, 'net/1/model.onnx'), headModel());
  const keys = Array.from({ length: clients }, (_, index) =>
    testKey(['federated'], { name: `client-${index}` }),
  );
  const operatorKey = testKey(['models:write'], { name: 'operator' });
  const predictor = testKey(['predict'], { name: 'predictor' });
  const file = join(folder, 'keys.json');
  writeKeys(file, [...keys, operatorKey, predictor]);
  const rounds = join(folder, 'rounds');
  const { port } = await startServer(t, {
    models,
    options: { defaultModel: 'net', apiKeysFile: file, federatedDir: rounds },
  });
  const server = `http://127.0.0.1:${port}`;
  const operator = (...args: readonly string[]) =>
    ortolan(['federated', ...args, '--url', server], {
      ORTOLAN_API_KEY: operatorKey.key,
      ORTOLAN_MODELS: models,
    });
  return { port, server, models, rounds, clients: keys, predictor, operator };
}

/** Share of samples whose highest score is that of their class. */
async function accuracyOf(t: Test, models: string, version: string): Promise<number> {
  const { port } = await startServer(t, { models, options: { defaultModel: 'net' } });
  const { features, labels } = samplesOf(99, 150);
  const ask = () =>
    send(port, {
      method: 'POST',
      path: `/v1/models/net/versions/${version}/predict`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: { x: features } }),
    });
  // Other versions than the default are loaded while it serves.
  await until(async () => (await ask()).status === 200);
  const { body } = await ask();
  const { outputs } = JSON.parse(body.toString()) as { outputs: { scores: number[][] } };
  const right = outputs.scores.filter((scores, row) => scores.indexOf(Math.max(...scores)) === labels[row]);
  return right.length / labels.length;
}

const update = (value: number): Buffer =>
  writeSafetensors([
    tensor('head.weight', [WIDTH, CLASSES], ...Array<number>(WIDTH * CLASSES).fill(value)),
    tensor('head.bias', [CLASSES], ...Array<number>(CLASSES).fill(value)),
  ]);

const post = async (port: number, path: string, key: string | undefined, body: Uint8Array) => {
  const answer = await send(port, {
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/octet-stream',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    body,
  });
  return { status: answer.status, json: JSON.parse(answer.body.toString()) as Record<string, unknown> };
};

const UPDATES = '/v1/federated/net/rounds/1/updates?samples=10';

t.test('clients train the head where their data is, and the result answers better', async (t) => {
  const { server, models, rounds, clients, operator } = await federation(t);
  const opened = await operator('open', 'net', '--tensors', 'head.weight,head.bias', '--min-clients', '3');
  t.equal(opened.code, 0, opened.err);
  t.match(opened.out, /1 +version 1 +open +0 of 3 to 100/);
  for (const [index, { key }] of clients.entries())
    t.match(await takePart({ server, model: 'net', key, ...samplesOf(index + 1) }), { accepted: true });
  t.match((await operator('status', 'net')).out, /open +5 of 3 to 100 +300 +mean +median/);

  const out = join(models, '../candidate');
  const closed = await operator('close', 'net', '--out', out);
  t.equal(closed.code, 0, closed.err);
  t.match(closed.out, /aggregated.*norm/);
  t.match(closed.out, /pipeline run --candidate/);
  t.strictSame(readFileSync(join(models, 'net/1/model.onnx')), headModel(), 'what serves is as it was');
  t.notOk(existsSync(join(rounds, 'net/1/updates')), 'updates are gone');

  cpSync(out, join(models, 'net/2'), { recursive: true });
  t.ok((await accuracyOf(t, models, '1')) < 0.5);
  const after = await accuracyOf(t, models, '2');
  t.ok(after > 0.85, `accuracy ${after}`);
});

t.test('one client that sends poison does not ruin a round with a trimmed mean', async (t) => {
  const { server, models, clients, operator, port } = await federation(t, 6);
  const settings = ['--method', 'trimmed-mean', '--trim', '0.2', '--clip', 'none'];
  await operator('open', 'net', '--tensors', 'head.weight,head.bias', ...settings);
  const [poisoned, ...honest] = clients;
  const path = '/v1/federated/net/rounds/1/updates?samples=1000000';
  const poison = writeSafetensors([
    tensor(
      'head.weight',
      [WIDTH, CLASSES],
      ...Array.from({ length: WIDTH * CLASSES }, (_, at) => (at % 2 ? 1e6 : -1e6)),
    ),
    tensor('head.bias', [CLASSES], 1e6, -1e6, 0),
  ]);
  t.match(await post(port, path, poisoned!.key, poison), { status: 202, json: { samples: 1000 } });
  for (const [index, { key }] of honest.entries())
    await takePart({ server, model: 'net', key, ...samplesOf(index + 1) });
  const out = join(models, '../candidate');
  t.match((await operator('close', 'net', '--out', out)).out, /1 left out at each end/);
  cpSync(out, join(models, 'net/2'), { recursive: true });
  const after = await accuracyOf(t, models, '2');
  t.ok(after > 0.85, `accuracy ${after}`);
});

t.test('who may do what', async (t) => {
  const { port, clients, predictor, operator } = await federation(t);
  await operator('open', 'net', '--tensors', 'head.bias,head.weight');
  t.match(await post(port, UPDATES, undefined, update(1)), { status: 401 });
  t.match(await post(port, UPDATES, predictor.key, update(1)), { status: 403, json: { code: 'FORBIDDEN' } });
  const [client] = clients;
  for (const path of ['rounds?version=1', 'rounds/1/close'])
    t.match(await post(port, `/v1/federated/net/${path}`, client!.key, update(1)), { status: 403 }, path);
  const headers = { authorization: `Bearer ${client!.key}` };
  t.equal((await send(port, { path: '/v1/federated/net/rounds/1/aggregate', headers })).status, 403);
  t.equal((await send(port, { path: '/v1/federated/net/rounds/1/weights', headers })).status, 200);
  t.equal((await send(port, { path: '/v1/models', headers })).status, 403, 'a client sees nothing else');
});

t.test('what is no update is refused, and nothing of it is kept', async (t) => {
  const { port, clients, rounds, operator } = await federation(t);
  await operator('open', 'net', '--tensors', 'head.weight,head.bias');
  const { key } = clients[0]!;
  const bad: readonly [Uint8Array, number, string][] = [
    [writeSafetensors([tensor('head.bias', [CLASSES], 1, 2, NaN)]), 422, 'UPDATE_REFUSED'],
    [writeSafetensors([tensor('head.bias', [CLASSES], 1, 2, 3)]), 422, 'UPDATE_REFUSED'],
    [Buffer.from('{}'), 422, 'UPDATE_REFUSED'],
    [Buffer.alloc(0), 400, 'EMPTY_BODY'],
    [Buffer.alloc(17 * 1024 * 1024), 413, 'BODY_TOO_LARGE'],
  ];
  for (const [body, status, code] of bad)
    t.match(await post(port, UPDATES, key, body), { status, json: { code } });
  t.match(await post(port, UPDATES.replace('10', '0'), key, update(1)), {
    status: 400,
    json: { pointer: '/samples' },
  });
  t.match(await post(port, UPDATES.replace('/1/', '/7/'), key, update(1)), {
    json: { code: 'ROUND_NOT_FOUND' },
  });
  t.match(await post(port, UPDATES.replace('net', 'nope'), key, update(1)), {
    json: { code: 'MODEL_NOT_FOUND' },
  });
  t.match(await post(port, UPDATES, key, update(1)), { status: 202, json: { clients: 1 } });
  t.match(await post(port, UPDATES, key, update(1)), { status: 202, json: { repeated: true, clients: 1 } });
  t.match(await post(port, UPDATES, key, update(2)), { status: 409, json: { code: 'UPDATE_EXISTS' } });
  t.equal(readdirSync(join(rounds, 'net/1/updates')).length, 1);
});

t.test(
  'a server without a folder for rounds has none, and one that knows nobody takes no updates',
  async (t) => {
    const folder = testFolder(t);
    mkdirSync(join(folder, 'net/1'), { recursive: true });
    writeFileSync(join(folder, 'net/1/model.onnx'), headModel());
    const off = await startServer(t, { models: folder, options: { defaultModel: 'net' } });
    t.match(await post(off.port, UPDATES, undefined, update(1)), {
      status: 404,
      json: { code: 'ROUTE_NOT_FOUND' },
    });
    const rounds = join(testFolder(t), 'rounds');
    const open = await startServer(t, {
      models: folder,
      options: { defaultModel: 'net', federatedDir: rounds },
    });
    t.match(await post(open.port, UPDATES, undefined, update(1)), {
      status: 403,
      json: { error: /apiKeysFile/ },
    });
    t.match(await post(open.port, '/v1/federated/net/rounds?version=1', undefined, update(0)), {
      status: 201,
    });
    const page = await send(open.port, {
      method: 'POST',
      path: '/v1/federated/net/rounds/1/close?abandon=true',
      headers: { origin: 'https://evil.example' },
    });
    t.equal(page.status, 403, 'a page in a browser may not close it');
  },
);

t.test('the command says what it needs', async (t) => {
  const { models, operator } = await federation(t);
  t.match(await operator('open', 'net'), {
    code: 2,
    err: /--tensors.*head\.weight \[4,3\], head\.bias \[3\]/,
  });
  t.match(await operator('open', 'net', '--tensors', 'nope'), { code: 2, err: /no weights nope/ });
  t.match(await operator('open', 'net', '--tensors', 'head.bias', '--trim', '0.9'), {
    code: 1,
    err: /BAD_QUERY/,
  });
  t.match(await operator('close', 'net'), { code: 2, err: /--out/ });
  t.match(await operator('close', 'net', '--abandon'), { code: 1, err: /no round of net/ });
  await operator('open', 'net', '--tensors', 'head.bias');
  t.match(await operator('close', 'net', '--out', join(models, '../c')), { code: 1, err: /TOO_FEW_UPDATES/ });
  t.notOk(existsSync(join(models, '../c')));
  t.match(await operator('close', 'net', '--abandon'), { code: 0, out: /abandoned/ });
});

t.test('the client writes what it reads', async (t) => {
  const tensors = [
    { name: 'a', shape: [2], data: Float32Array.of(1, 2) },
    { name: 'b', shape: [1, 1], data: Float32Array.of(3) },
  ];
  const bytes = writeFloats(tensors);
  t.strictSame(readFloats(bytes.buffer as ArrayBuffer), tensors);
});
