/** Encrypted models: they answer as the plain ones do, and what is in them is nowhere else than in memory. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { encrypted, newSet } from '../../src/cipher/encrypt.ts';
import type { Config } from '../../src/config/schema.ts';
import { FLOAT, floats, integer, message, text, writeModel } from '../../tools/onnx/model.ts';
import { get, jsonOf, post, postJson, type WireResponse } from '../support/http-client.ts';
import { startServer } from '../support/start-server.ts';

const SIDE = 600;
/** Large enough for a compiled form, which is not made; the names of the graph are a secret too. */
const WEIGHTS = Float32Array.from({ length: SIDE ** 2 }, () => Math.random() - 0.5);
const SECRET_NAME = 'zeta_projection_of_the_vault';
const graph = {
  inputs: [{ name: 'x', type: FLOAT, shape: ['N', SIDE] }],
  outputs: [{ name: 'y', type: FLOAT, shape: ['N', SIDE] }],
  nodes: [{ op: 'MatMul', inputs: ['x', SECRET_NAME], outputs: ['y'] }],
};
const sides = [integer(1, SIDE), integer(1, SIDE)];
/** The same with its weights in another file. */
const outside = Buffer.concat([
  writeModel(graph),
  message(
    7,
    message(
      5,
      ...sides,
      integer(2, FLOAT),
      text(8, SECRET_NAME),
      message(13, text(1, 'location'), text(2, 'w/a.data')),
      integer(14, 1),
    ),
  ),
]);
const inside = writeModel({ ...graph, constants: [floats(SECRET_NAME, [SIDE, SIDE], [...WEIGHTS])] });
const weightBytes = Buffer.from(WEIGHTS.buffer);

async function bench(t: Test) {
  const base = t.testdir({
    cache: {},
    tmp: {},
    keys: {},
    models: { inside: { 1: {} }, outside: { 1: { w: {} } } },
  });
  const key = randomBytes(32);
  const keyFile = join(base, 'keys', 'model.key');
  writeFileSync(keyFile, key, { mode: 0o600 });
  const put = (
    path: string,
    plain: Buffer,
    set = newSet(),
    name = path.split('/').slice(2).join('/'),
  ): void => writeFileSync(join(base, 'models', `${path}.enc`), encrypted(plain, key, set, name));
  const set = newSet();
  put('inside/1/model.onnx', inside);
  put('outside/1/model.onnx', outside, set);
  put('outside/1/w/a.data', weightBytes, set);
  const start = (options: Partial<Config> = {}) =>
    startServer(t, {
      models: join(base, 'models'),
      options: {
        defaultModel: 'inside',
        modelKeyFile: keyFile,
        modelControl: 'explicit',
        cacheDir: join(base, 'cache'),
        workers: 2,
        ...options,
      },
    });
  return { base, put, start, keyFile };
}

const ROW = Array.from({ length: SIDE }, (_, at) => (at === 7 ? 1 : 0));
const ask = (port: number, name: string): Promise<WireResponse> =>
  postJson(port, `/v1/models/${name}/predict`, { inputs: { x: [ROW] } });
const loaded = (port: number, name: string): Promise<WireResponse> =>
  post(port, `/v2/repository/models/${name}/load`, '');
const answersRightly = (t: Test, response: WireResponse): void => {
  const y = jsonOf<{ outputs?: { y: number[][] } }>(response).outputs?.y[0] ?? [];
  const expected = WEIGHTS.subarray(7 * SIDE, 8 * SIDE);
  t.equal(y.length, SIDE, response.body.toString('utf8', 0, 200));
  t.ok(expected.every((value, at) => Math.abs(value - y[at]!) < 1e-5));
};

/** All files below a folder. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());

t.test('nothing that is in an encrypted model is on disk or in the log', async (t) => {
  const { base, start } = await bench(t);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = join(base, 'tmp');
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  const { port, log } = await start();
  for (const name of ['inside', 'outside']) {
    t.equal((await loaded(port, name)).status, 200);
    answersRightly(t, await ask(port, name));
  }
  // Another one that fails on the way.
  writeFileSync(join(base, 'models/outside/1/w/a.data.enc'), Buffer.alloc(200));
  t.equal((await loaded(port, 'outside')).status, 422);
  const needles = [weightBytes.subarray(0, 64), weightBytes.subarray(-64), Buffer.from(SECRET_NAME)];
  const key = readFileSync(join(base, 'keys/model.key'));
  const secrets = [...needles, key, Buffer.from(key.toString('hex')), Buffer.from(key.toString('base64'))];
  const seen = (bytes: Buffer): boolean => secrets.some((secret) => bytes.includes(secret));
  t.ok(seen(inside) && seen(outside) && seen(weightBytes), 'the search finds what is plain');
  const files = filesBelow(base).filter((path) => !path.endsWith('model.key'));
  t.ok(files.some((path) => path.endsWith('.enc')));
  t.strictSame(
    files.filter((path) => seen(readFileSync(path))),
    [],
  );
  // Deleted files that are still open, too.
  const open = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = `/proc/self/fd/${fd}`;
      return statSync(path).isFile() && statSync(path).nlink === 0 ? [path] : [];
    } catch {
      return [];
    }
  });
  t.strictSame(
    open.filter((path) => seen(readFileSync(path))),
    [],
  );
  t.notOk(seen(Buffer.from(JSON.stringify(log))), 'the log');
  for (const path of ['/metrics', '/v1/models', '/health', '/v2/models/outside'])
    t.notOk(seen((await get(port, path)).body), path);
});

t.test('without the key it is refused, with a sentence that names the key', async (t) => {
  const { start, keyFile } = await bench(t);
  await t.rejects(start({ modelKeyFile: undefined }), {
    message: /is encrypted, and the option modelKeyFile names no key/,
  });
  writeFileSync(keyFile, randomBytes(32));
  await t.rejects(start(), {
    message: /is encrypted with the key [0-9a-f]{32}, and modelKeyFile gives [0-9a-f]{32}/,
  });
  rmSync(keyFile);
  await t.rejects(start(), { message: /does not exist/ });
});

t.test('keys are read again at the next load, and a folder of them rotates', async (t) => {
  const { start, base } = await bench(t);
  const { port } = await start({ modelKeyFile: join(base, 'keys') });
  const next = randomBytes(32);
  const enc = encrypted(inside, next, newSet(), 'model.onnx');
  writeFileSync(join(base, 'new'), enc);
  renameSync(join(base, 'new'), join(base, 'models/inside/1/model.onnx.enc'));
  t.equal((await loaded(port, 'inside')).status, 422);
  answersRightly(t, await ask(port, 'inside'));
  writeFileSync(join(base, 'keys/next.key'), next, { mode: 0o600 });
  t.equal((await loaded(port, 'inside')).status, 200);
  answersRightly(t, await ask(port, 'inside'));
});

const spoiled: readonly [
  what: string,
  change: (base: string, put: Awaited<ReturnType<typeof bench>>['put']) => void,
  reason: RegExp,
][] = [
  [
    'weights that were encrypted another time',
    (_base, put) => put('outside/1/w/a.data', weightBytes),
    /was not encrypted together with/,
  ],
  [
    'weights of another name',
    (base, put) => {
      mkdirSync(join(base, 'models/outside/1/v'));
      put('outside/1/v/a.data', weightBytes);
      renameSync(join(base, 'models/outside/1/v/a.data.enc'), join(base, 'models/outside/1/w/a.data.enc'));
    },
    /frame 1 of 2 is not as it was encrypted/,
  ],
  [
    'no weights',
    (base) => rmSync(join(base, 'models/outside/1/w/a.data.enc')),
    /w\/a\.data\.enc is not among the files/,
  ],
  [
    'plain weights',
    (base) => {
      rmSync(join(base, 'models/outside/1/w/a.data.enc'));
      writeFileSync(join(base, 'models/outside/1/w/a.data'), weightBytes);
    },
    /w\/a\.data\.enc is not among the files/,
  ],
  [
    'a plain model beside it',
    (base) => writeFileSync(join(base, 'models/outside/1/model.onnx'), outside),
    /take one of them away/,
  ],
];
t.test('what does not belong together is refused', async (t) => {
  for (const [what, change, reason] of spoiled) {
    const { base, put, start } = await bench(t);
    change(base, put);
    await t.rejects(start({ defaultModel: 'outside' }), { message: reason }, what);
  }
});
