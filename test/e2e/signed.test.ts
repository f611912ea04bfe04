/** Only models that somebody with a known key has signed are served, whatever lies in the folder and when. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Config } from '../../src/config/schema.ts';
import { scanRepository } from '../../src/repository/repository.ts';
import { signVersion } from '../../src/repository/trust/sign.ts';
import { get, jsonOf, post, postJson, scrape, until, type WireResponse } from '../support/http-client.ts';
import { DIES, FAULTY_WORKER } from '../support/faults.ts';
import { signingKeys } from '../support/signing-keys.ts';
import { startServer, type LogLine } from '../support/start-server.ts';
import { affine, matmul } from '../support/tiny-models.ts';

const plus = (value: number): Buffer => affine(undefined, value).file;
const LOAD = '/v2/repository/models/net/load';

/** A signed model `net`, which answers 2x + 1, and what a test does with it. */
async function bench(t: Test) {
  const config = JSON.stringify({ ...affine().config, description: 'signed' });
  const base = t.testdir({
    keys: {},
    cache: {},
    models: { net: { 1: { 'model.onnx': plus(1) }, 'model.json': config } },
  });
  const models = join(base, 'models');
  const keys = signingKeys(join(base, 'keys'));
  const sign = async ({ privateKey, privateFile } = keys): Promise<void> => {
    for (const entry of (await scanRepository(models)).models)
      for (const version of entry.versions) await signVersion(entry, version, privateKey, privateFile);
  };
  await sign();
  const at = (path: string): string => join(models, 'net', path);
  /** Puts a file in place in one step. */
  const write = (path: string, content: Buffer | string): void => {
    writeFileSync(join(base, 'new'), content);
    renameSync(join(base, 'new'), at(path));
  };
  const start = (options: Partial<Config> = {}, workerFile?: URL) =>
    startServer(t, {
      ...(workerFile && { workerFile }),
      models,
      options: {
        defaultModel: 'net',
        modelPublicKeys: [keys.publicFile],
        modelsSignedOnly: 'on',
        modelControl: 'explicit',
        cacheDir: join(base, 'cache'),
        ...options,
      },
    });
  return { base, models, keys, sign, at, write, start, config };
}

const ask = (port: number, path = '/v1/predict'): Promise<WireResponse> =>
  postJson(port, path, { inputs: { x: [[0, 0, 0, 0]] } });
const plusOf = (response: WireResponse): unknown =>
  jsonOf<{ outputs?: { y: number[][] } }>(response).outputs?.y[0]?.[0];
const said = (log: readonly LogLine[], message: string): LogLine[] =>
  log.filter((line) => line['message'] === message);

t.test('a start with a model that is not signed is refused', async (t) => {
  const { start, at } = await bench(t);
  rmSync(at('1/model.sig'));
  await t.rejects(start(), { name: 'StartError', message: /is not signed/ });
});

t.test('a start with a model that was changed is refused', async (t) => {
  const { start, write } = await bench(t);
  write('1/model.onnx', plus(2));
  await t.rejects(start(), { name: 'StartError', message: /model\.onnx is not the file that was signed/ });
});

t.test('what is not signed never takes the place of what serves; what is signed does', async (t) => {
  const { start, sign, write, config, at, keys, base } = await bench(t);
  const { port, log } = await start();
  t.equal(plusOf(await ask(port)), 1);
  const foreign = signingKeys(join(base, 'keys'), 'foreign');
  const changes: readonly [what: string, change: () => void | Promise<void>, reason: RegExp, kind: string][] =
    [
      ['another file', () => write('1/model.onnx', plus(2)), /is not the file that was signed/, 'changed'],
      ['another signer', () => sign(foreign), /was made with the key/, 'foreign'],
      ['no signature', () => rmSync(at('1/model.sig')), /is not signed/, 'missing'],
      ['a damaged signature', () => write('1/model.sig', '{'), /cannot be trusted: it is no JSON/, 'invalid'],
      [
        'another description, which needs no load',
        async () => {
          write('1/model.onnx', plus(1));
          await sign();
          write('model.json', config.replace('signed', 'smuggled in'));
        },
        /model\.json is not the file that/,
        'changed',
      ],
    ];
  for (const [what, change, reason, kind] of changes) {
    await change();
    const refused = await post(port, LOAD, '');
    t.equal(refused.status, 422, what);
    t.match(refused.body.toString(), reason, what);
    t.match(said(log, 'model not trusted').at(-1), {
      level: 'ERROR',
      model: 'net',
      version: '1',
      distrust: kind,
      reason,
    });
    t.equal(plusOf(await ask(port)), 1, what);
  }
  t.equal(jsonOf<{ description: string }>(await get(port, '/v1/models/net')).description, 'signed');
  const metric = await scrape(port);
  for (const [reason, times] of [
    ['changed', 2],
    ['foreign', 1],
    ['missing', 1],
    ['invalid', 1],
  ] as const)
    t.equal(metric('ortolan_model_untrusted_total', { model: 'net', version: '1', reason }), times, reason);
  write('1/model.onnx', plus(5));
  await sign(keys);
  t.equal((await post(port, LOAD, '')).status, 200);
  t.equal(plusOf(await ask(port)), 5);
});

t.test('with polling a change is refused until it is signed', async (t) => {
  const { start, sign, write } = await bench(t);
  const { port, log } = await start({ modelControl: 'poll', modelPollMs: 100 });
  write('1/model.onnx', plus(3));
  await until(() => said(log, 'model not trusted').length > 0);
  t.equal(plusOf(await ask(port)), 1);
  await sign();
  await until(async () => plusOf(await ask(port)) === 3);
});

t.test('a model on demand is verified whenever it comes', async (t) => {
  const { start, sign, models } = await bench(t);
  const lazy = join(models, 'lazy');
  mkdirSync(join(lazy, '1'), { recursive: true });
  writeFileSync(join(lazy, '1', 'model.onnx'), plus(7));
  writeFileSync(join(lazy, 'model.json'), JSON.stringify({ residency: 'on-demand' }));
  await sign();
  const { port } = await start();
  writeFileSync(join(lazy, '1', 'model.onnx'), plus(8));
  const path = '/v1/models/lazy/predict';
  await until(async () => {
    t.not((await ask(port, path)).status, 200);
    return (await get(port, '/v1/models/lazy')).body.includes('is not the file that was signed');
  });
});

t.test('a planted compiled form is not used', async (t) => {
  const { start, sign, write, base } = await bench(t);
  // Large enough for a form.
  const large = matmul(8).file;
  write('1/model.onnx', Buffer.concat([large, padding(1024 * 1024)]));
  write('model.json', '{"maxBatchSize": 1}');
  await sign();
  const forms = join(base, 'cache', 'compiled');
  const first = await start();
  await first.server.stop('made a form');
  const [made] = readdirSync(forms);
  t.ok(made, 'there is a form');
  // Somebody replaces what is in it, with a manifest that fits.
  const form = join(forms, made!);
  const model = join(form, 'model.onnx');
  writeFileSync(model, plus(66));
  const manifest = join(form, 'manifest.json');
  const [notes, seal] = readFileSync(manifest, 'utf8').split('\n');
  const planted = JSON.parse(notes!) as Record<string, { stamp: string; sha256: string }>;
  planted['model.onnx']!.sha256 = createHash('sha256').update(plus(66)).digest('hex');
  for (const text of [`${JSON.stringify(planted)}\n${seal}`, JSON.stringify(planted)]) {
    writeFileSync(model, plus(66));
    writeFileSync(manifest, text);
    const { port, server } = await start();
    const x = [Array.from({ length: 1024 }, () => 3)];
    const answer = jsonOf<{ outputs: { y: number[][] } }>(
      await postJson(port, '/v1/predict', { inputs: { x } }),
    );
    t.ok(Math.abs(answer.outputs.y[0]![0]! - 3) < 1e-3, 'the signed model answers');
    t.notOk(readFileSync(model).equals(plus(66)), 'the form was made again');
    await server.stop('next');
  }
});

t.test('a worker that restarts opens what was verified, or nothing', async (t) => {
  const { start, write } = await bench(t);
  const { port, log } = await start({}, FAULTY_WORKER);
  const dies = (): Promise<WireResponse> =>
    postJson(port, '/v1/predict', { inputs: { x: [[DIES, 0, 0, 0]] } });
  t.not((await dies()).status, 200);
  await until(() => said(log, 'worker restarted').length === 1);
  t.equal(plusOf(await ask(port)), 1);
  write('1/model.onnx', plus(9));
  t.not((await dies()).status, 200);
  await until(() => said(log, 'worker restarted').length === 2);
  t.match(said(log, 'model unavailable'), [{ reason: /1\/model\.onnx has changed since it was verified/ }]);
  t.equal((await ask(port)).status, 503);
});

/** A documentation text of that many bytes: ModelProto.doc_string. */
function padding(bytes: number): Buffer {
  const length = [];
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 128))
    length.push((rest % 128) | (rest >= 128 ? 128 : 0));
  return Buffer.concat([Buffer.from([0x32, ...length]), Buffer.alloc(bytes, 'x')]);
}
