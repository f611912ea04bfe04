/** Models change while the server serves: by calls and by their files. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import {
  faultOf,
  get,
  jsonOf,
  post,
  postJson,
  scrape,
  until,
  type WireResponse,
} from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { add, affine, type TinyModel } from '../support/tiny-models.ts';
import type { Config } from '../../src/config/schema.ts';

const INDEX = '/v2/repository/index';
const loadOf = (name: string): string => `/v2/repository/models/${name}/load`;
const unloadOf = (name: string): string => `/v2/repository/models/${name}/unload`;

interface Row {
  readonly name: string;
  readonly version?: string;
  readonly state: string;
  readonly reason: string;
}

/** A server of `net` and `other`, which answer 2x + 1. */
async function setup(t: Test, options: Partial<Config>) {
  const models = modelRepository(t, { net: affine(), other: affine() });
  const { port, log, server } = await startServer(t, {
    models,
    options: { defaultModel: 'net', ...options },
  });
  const index = async (): Promise<Row[]> => jsonOf<Row[]>(await post(port, INDEX, ''));
  await until(async () => (await index()).every(({ state }) => state === 'READY'));
  /** Puts a file in place in one step. */
  const write = (file: Buffer | string, version = '1', name = 'net'): void => {
    mkdirSync(join(models, name, version), { recursive: true });
    writeFileSync(join(models, name, version, '.new'), file);
    renameSync(join(models, name, version, '.new'), join(models, name, version, 'model.onnx'));
  };
  const ask = (path = '/v1/predict'): Promise<WireResponse> =>
    postJson(port, path, { inputs: { x: [[0, 0, 0, 0]] } });
  return { models, port, log, server, index, write, ask };
}

/** The number that the model adds. */
const plusOf = (response: WireResponse): unknown =>
  jsonOf<{ outputs?: { y: number[][] } }>(response).outputs?.y[0]?.[0];

const plus = (value: number): Buffer => affine(undefined, value).file;

t.test('a hundred swaps under load lose no request, and each takes effect in one step', async (t) => {
  const { port, server, write, ask } = await setup(t, { modelControl: 'explicit', workers: 2 });
  const failed: unknown[] = [];
  let swapping = true;
  let answered = 0;
  const load = Array.from({ length: 4 }, async () => {
    for (let last = 0; swapping; answered++) {
      const response = await ask();
      const value = Number(plusOf(response));
      if (!(value >= last)) failed.push(response.status, value, last);
      last = value;
      await setTimeout(5); // The threads that load get a share of two cores, too.
    }
  });
  for (let swap = 2; swap <= 101; swap++) {
    write(plus(swap));
    const loaded = await post(port, loadOf('net'), '');
    const value = plusOf(await ask());
    if (loaded.status !== 200 || value !== swap) failed.push(loaded.body.toString(), value, swap);
  }
  swapping = false;
  await Promise.all(load);
  t.strictSame(failed, []);
  t.ok(answered > 100, `${answered} answers meanwhile`);
  t.equal((await scrape(port))('ortolan_errors_total'), 0);
  t.strictSame(server.models, ['net', 'other']);
});

t.test('a bad version is refused, shown with the reason, and the one before it serves', async (t) => {
  const { models, port, log, index, write, ask } = await setup(t, { modelControl: 'explicit' });
  const good = plus(7);
  const bad: readonly [what: string, change: () => void, reason: RegExp][] = [
    ['a text', () => write('no model'), /is a text/],
    ['half of a file', () => write(good.subarray(0, good.length / 2)), /cut off/],
    ['an empty file', () => write(''), /empty/],
    ['another model', () => write(add().file), /has no input "x"/],
    ['no file', () => rmSync(join(models, 'net/1/model.onnx')), /is no <number>\/model\.onnx/],
  ];
  for (const [what, change, reason] of bad) {
    change();
    const answer = await post(port, loadOf('net'), '{}');
    t.strictSame(faultOf(answer), [422, 'MODEL_REFUSED'], what);
    t.match(jsonOf(answer)['error'], reason, what);
    t.equal(plusOf(await ask()), 1, what);
    t.match(await index(), [{ name: 'net', version: '1', state: 'READY', reason }, { name: 'other' }], what);
    t.match(
      jsonOf(await get(port, '/v1/models/net')),
      { versions: [{ state: 'ready', refused: reason }] },
      what,
    );
  }
  t.equal(log.filter(({ message }) => String(message).startsWith('model refused')).length, bad.length);
  t.equal(
    (await scrape(port))('ortolan_model_loads_total', { model: 'net', outcome: 'refused' }),
    bad.length,
  );
  t.equal((await scrape(port))('ortolan_model_ready', { model: 'net' }), 1);
  write(good);
  t.equal((await post(port, loadOf('net'), '')).status, 200);
  t.equal(plusOf(await ask()), 7);
  t.match(await index(), [{ name: 'net', reason: '' }, {}]);
});

t.test('a version with a wrong golden answer does not take the place of the one that serves', async (t) => {
  const { models, port, write, ask } = await setup(t, { modelControl: 'explicit' });
  const tensor = (name: string, data: number[]) => ({ name, datatype: 'FP32', shape: [1, 4], data });
  const sample = { inputs: [tensor('x', [0, 0, 0, 0])], outputs: [tensor('y', [1, 1, 1, 1])] };
  mkdirSync(join(models, 'net/golden'));
  writeFileSync(join(models, 'net/golden/zero.json'), JSON.stringify(sample));
  write(plus(2));
  const answer = await post(port, loadOf('net'), '');
  t.strictSame(faultOf(answer), [422, 'MODEL_REFUSED']);
  t.match(jsonOf(answer)['error'], /golden sample zero wrongly: output y\[0, 0\] is 2, not 1/);
  t.equal(plusOf(await ask()), 1);
});

t.test('a model is unloaded and loaded again by calls', async (t) => {
  const { port, index, ask } = await setup(t, { modelControl: 'explicit' });
  const unload = await post(port, unloadOf('other'), '{"parameters":{"unload_dependents":false}}');
  t.strictSame([unload.status, jsonOf(unload)], [200, { name: 'other', unload: true }]);
  t.strictSame(faultOf(await ask('/v1/models/other/predict')), [404, 'MODEL_NOT_FOUND']);
  await until(async () => (await index()).every(({ state }) => state !== 'UNLOADING'));
  t.match(await index(), [{ name: 'net' }, { name: 'other', state: 'UNAVAILABLE', reason: 'not loaded' }]);
  t.strictSame(jsonOf(await post(port, INDEX, '{"ready": true}')), [
    { name: 'net', version: '1', state: 'READY', reason: '' },
  ]);
  const load = await post(port, '/v2/repository/main/models/other/load', '');
  t.strictSame([load.status, jsonOf(load)], [200, { name: 'other', load: true }]);
  t.equal(plusOf(await ask('/v1/models/other/predict')), 1);
});

t.test('without its default model the server is not ready, and is again when it is loaded', async (t) => {
  const { port, ask } = await setup(t, { modelControl: 'explicit' });
  await post(port, unloadOf('net'), '');
  t.equal((await get(port, '/health/ready')).status, 503);
  t.strictSame(faultOf(await ask()), [404, 'MODEL_NOT_FOUND']);
  await post(port, loadOf('net'), '');
  t.equal((await get(port, '/health/ready')).status, 200);
});

t.test('files are followed: new versions, changed ones, and those that are taken away', async (t) => {
  const { models, port, index, write, ask } = await setup(t, { modelControl: 'poll', modelPollMs: 100 });
  write(plus(2), '2');
  await until(async () => plusOf(await ask()) === 2);
  t.equal(plusOf(await ask('/v1/models/net/versions/1/predict')), 1);
  write(plus(3), '2');
  await until(async () => plusOf(await ask()) === 3);
  write('no model', '3');
  await until(async () => (await index()).some(({ state }) => state === 'UNAVAILABLE'));
  t.match(await index(), [{ version: '1' }, { version: '2' }, { version: '3', reason: /is a text/ }, {}]);
  t.equal(plusOf(await ask()), 3);
  for (const gone of ['net/2', 'net/3', 'other']) rmSync(join(models, gone), { recursive: true });
  await until(async () => (await index()).length === 1);
  t.equal(plusOf(await ask()), 1);
  t.strictSame(faultOf(await post(port, loadOf('net'), '')), [403, 'FORBIDDEN']);
});

t.test('without model control only the index answers', async (t) => {
  const { port, index, write, ask } = await setup(t, {});
  write('no model');
  for (const path of [loadOf('net'), unloadOf('net')]) {
    t.strictSame(faultOf(await post(port, path, '')), [403, 'FORBIDDEN']);
  }
  t.match(await index(), [{ name: 'net', state: 'READY', reason: '' }, { name: 'other' }]);
  t.equal(plusOf(await ask()), 1);
});

t.test('only what is named is loaded at the start; the rest can be loaded later', async (t) => {
  const models = modelRepository(t, { net: affine(), other: affine() } satisfies Record<string, TinyModel>);
  const options = { modelControl: 'explicit', loadAtStart: ['net'] } as const;
  const { port } = await startServer(t, { models, options });
  t.match(jsonOf(await post(port, INDEX, '')), [
    { name: 'net', state: 'READY' },
    { name: 'other', state: 'UNAVAILABLE' },
  ]);
  t.equal((await post(port, loadOf('other'), '')).status, 200);
  t.match(jsonOf(await post(port, INDEX, '')), [{ name: 'net' }, { name: 'other', state: 'READY' }]);
});

t.test('no name leads out of the models folder', async (t) => {
  const { models, port } = await setup(t, { modelControl: 'explicit' });
  symlinkSync('/etc', join(models, 'link'));
  for (const name of ['%2e%2e', '..%2fnet', '%2e%2e%2f%2e%2e%2fetc', 'a%00b', '%ff', '%2Fetc', '.', 'nope']) {
    const answer = await post(port, loadOf(name), '');
    t.ok([400, 404].includes(answer.status), `${name}: ${answer.status}`);
    t.type(jsonOf(answer)['error'], 'string');
    t.ok([400, 404].includes((await post(port, unloadOf(name), '')).status), name);
  }
  const link = await post(port, loadOf('link'), '');
  t.strictSame(faultOf(link), [422, 'MODEL_REFUSED']);
  t.match(jsonOf(link)['error'], /leads out of/);
});

t.test('what a call says beside the name is checked', async (t) => {
  const { port, ask } = await setup(t, { modelControl: 'explicit' });
  const calls: readonly [path: string, body: string, code: string, pointer?: string][] = [
    [loadOf('net'), '{"parameters":{"config":"{}"}}', 'BAD_FIELD', '/parameters/config'],
    [
      loadOf('net'),
      '{"parameters":{"file:1/model.onnx":"AA=="}}',
      'BAD_FIELD',
      '/parameters/file:1~1model.onnx',
    ],
    [loadOf('net'), '{"parameters":[]}', 'BAD_FIELD', '/parameters'],
    [loadOf('net'), '[]', 'BAD_FIELD'],
    [loadOf('net'), '{', 'BAD_JSON'],
    [loadOf('net'), ' '.repeat(70_000), 'BODY_TOO_LARGE'],
    [unloadOf('net'), '{"parameters":{"unload_dependents":1}}', 'BAD_FIELD', '/parameters/unload_dependents'],
    [unloadOf('net'), '{"parameters":{"force":true}}', 'BAD_FIELD', '/parameters/force'],
    [INDEX, '{"ready":"yes"}', 'BAD_FIELD', '/ready'],
  ];
  for (const [path, body, code, pointer] of calls) {
    const answer = jsonOf(await post(port, path, body));
    t.match([answer['code'], answer['pointer']], [code, pointer], body.slice(0, 40));
  }
  t.equal(plusOf(await ask()), 1);
});
