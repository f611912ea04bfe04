/** Which faults stop a start, with one sentence and exit code 2, and which do not. */
import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { get, jsonOf, post, postJson, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { portOf, startProcess, startServer, type ServerSettings } from '../support/start-server.ts';
import { affine, brightness } from '../support/tiny-models.ts';

/** Runs the program until it exits, and returns its output. */
async function failedStart(
  t: Test,
  settings: ServerSettings,
  args: readonly string[] = [],
): Promise<{ code: number | null; stderr: string }> {
  const { ended, stderr } = startProcess(t, settings, args);
  const { code } = await ended;
  return { code, stderr: stderr() };
}

const ONE_SENTENCE = /^ortolan: [^\n]+\n$/;

t.test('a port in use is reported in one sentence, whichever program uses it', async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const { port } = other.address() as AddressInfo;
  const { code, stderr } = await failedStart(t, {
    models: modelRepository(t, { affine: affine() }),
    options: { port },
  });
  t.equal(code, 2);
  t.match(stderr, ONE_SENTENCE);
  t.match(stderr, new RegExp(`127\\.0\\.0\\.1 port ${port}`));
});

t.test('a second server does not share the port of the first', async (t) => {
  const models = modelRepository(t, { affine: affine() });
  const { port } = await startServer(t, { models });
  const { code, stderr } = await failedStart(t, { models, options: { port } });
  t.equal(code, 2);
  t.match(stderr, ONE_SENTENCE);
});

const linux = process.platform === 'linux' ? {} : { skip: 'it takes /proc' };

t.test(
  'a cache folder that cannot be made is one warning, and the server runs without it',
  linux,
  async (t) => {
    const running = startProcess(t, {
      models: modelRepository(t, { affine: affine() }),
      options: { cacheDir: '/proc/cache' },
    });
    t.equal((await get(await portOf(running), '/health/ready')).status, 200);
    t.match(
      running.log.filter(({ level }) => level !== 'INFO'),
      [{ level: 'WARNING', folder: '/proc/cache', reason: /ENOENT/ }],
    );
    running.child.kill('SIGTERM');
    t.strictSame(await running.ended, { code: 0, signal: null });
  },
);

const WRONG_OPTIONS: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
  'a port that is a word': [['--port', 'http'], /port.*"http".*0 to 65535/],
  'a port that is too large': [['--port', '70000'], /port.*70000.*0 to 65535/],
  'a level that does not exist': [['--log-level', 'LOUD'], /logLevel.*LOUD.*DEBUG/],
  'an option that does not exist': [['--prot', '8000'], /--prot/],
  'a host that is not this machine’s': [['--host', '192.0.2.1'], /192\.0\.2\.1/],
  'an allowed host that is none': [['--url-allow', 'a..b'], /urlAllow.*a\.\.b/],
  'a limit below the largest body': [['--max-in-flight-bytes', '2048'], /maxInFlightBytes/],
};

t.test('a wrong option stops the start with its name, its value and its range', async (t) => {
  const models = modelRepository(t, { affine: affine() });
  for (const [name, [args, message]] of Object.entries(WRONG_OPTIONS)) {
    const { code, stderr } = await failedStart(t, { models }, args);
    t.equal(code, 2, name);
    t.match(stderr, message, name);
    t.notMatch(stderr, /\n {4}at /, 'no stack');
  }
});

type Break = (folder: string) => void;

/** Each leaves the model `m` in a state in which it cannot be served. */
const BROKEN: Readonly<Record<string, readonly [Break, RegExp]>> = {
  'no models folder': [
    (root) => rmSync(root, { recursive: true }),
    /models folder .* cannot be read \(ENOENT\)/,
  ],
  'an empty models folder': [(root) => rmSync(join(root, 'm'), { recursive: true }), /no model in/],
  'a folder without a version': [(root) => rmSync(join(root, 'm/1'), { recursive: true }), /no version/],
  'a model file that is garbage': [
    (root) => writeFileSync(join(root, 'm/1/model.onnx'), 'This is no model.'),
    /m\/1\/model\.onnx/,
  ],
  'a model file that is empty': [
    (root) => writeFileSync(join(root, 'm/1/model.onnx'), ''),
    /m\/1\/model\.onnx/,
  ],
  'a model file that is cut off': [
    (root) => writeFileSync(join(root, 'm/1/model.onnx'), affine().file.subarray(0, -20)),
    /m\/1\/model\.onnx/,
  ],
  'a model file that is not the declared one': [
    (root) => writeConfig(root, { ...affine().config, sha256: { 1: '0'.repeat(64) } }),
    /m\/1\/model\.onnx is not the file that model\.json declares/,
  ],
  'a model.json that is no JSON': [
    (root) => writeFileSync(join(root, 'm/model.json'), '{'),
    /m\/model\.json is not valid JSON/,
  ],
  'a model.json with an unknown field': [
    (root) => writeConfig(root, { ...affine().config, maxBatchsize: 4 }),
    /m\/model\.json#\/maxBatchsize is an unknown field \(did you mean maxBatchSize\?\)/,
  ],
  'a model.json that contradicts the file': [
    (root) => writeConfig(root, { inputs: [{ name: 'z', datatype: 'FP32', shape: [4] }] }),
    /z/,
  ],
  'a golden sample that is answered wrongly': [
    (root) => {
      const tensor = (name: string, data: number[]) => ({ name, datatype: 'FP32', shape: [1, 4], data });
      const sample = { inputs: [tensor('x', [0, 0, 0, 0])], outputs: [tensor('y', [1, 1, 1, 0])] };
      mkdirSync(join(root, 'm/golden'));
      writeFileSync(join(root, 'm/golden/zero.json'), JSON.stringify(sample));
    },
    /golden sample zero wrongly: output y\[0, 3\] is 1, not 0/,
  ],
  'labels that are missing': [
    (root) => writeConfig(root, { ...affine().config, labels: 'labels.txt' }),
    /m\/labels\.txt do not exist/,
  ],
};

const writeConfig = (root: string, config: object): void =>
  writeFileSync(join(root, 'm/model.json'), JSON.stringify(config));

for (const [name, [breakIt, message]] of Object.entries(BROKEN)) {
  t.test(`with ${name} the server does not start`, async (t) => {
    const models = modelRepository(t, { m: affine() });
    breakIt(models);
    // In this process, which is faster; the exit code of the command is tested below.
    await t.rejects(startServer(t, { models }), { name: 'StartError', exitCode: 2, message });
  });
}

t.test(
  'a default model that does not load ends the process with 2, however many workers tried',
  async (t) => {
    const models = modelRepository(t, { m: affine() });
    writeFileSync(join(models, 'm/1/model.onnx'), 'This is no model.');
    const { code, stderr } = await failedStart(t, { models, options: { workers: 2 } });
    t.equal(code, 2);
    t.match(stderr, ONE_SENTENCE);
    t.match(stderr, /m\/1\/model\.onnx/);
  },
);

t.test(
  'a model file without read permission is named in the error',
  { skip: process.getuid?.() === 0 && 'root may read all' },
  async (t) => {
    const models = modelRepository(t, { m: { ...affine(), config: { sha256: { 1: '0'.repeat(64) } } } });
    chmodSync(join(models, 'm/1/model.onnx'), 0);
    await t.rejects(startServer(t, { models }), { name: 'StartError', message: /m\/1\/model\.onnx/ });
  },
);

t.test('the error for a missing default model lists the models that exist', async (t) => {
  const models = modelRepository(t, { one: affine(), two: affine() });
  await t.rejects(startServer(t, { models, options: { defaultModel: 'three' } }), {
    name: 'StartError',
    message: /three is not in .*; there is one, two/,
  });
  await t.rejects(startServer(t, { models }), {
    name: 'StartError',
    message: /several models .*--default-model/,
  });
});

t.test('a broken model beside the default one is listed, and all others are served', async (t) => {
  const models = modelRepository(t, { good: affine(), corrupt: affine(), misspelt: brightness() });
  writeFileSync(join(models, 'corrupt/1/model.onnx'), 'This is no model.');
  writeFileSync(join(models, 'misspelt/model.json'), '{"maxBatchsize": 4}');
  mkdirSync(join(models, 'notes'));
  const { port, log } = await startServer(t, { models, options: { defaultModel: 'good' } });
  await until(() => log.some(({ message, model }) => message === 'model unavailable' && model === 'corrupt'));

  const health = await get(port, '/health');
  t.equal(health.status, 200);
  const states = jsonOf<{ models: { name: string; state: string; reason?: string }[] }>(health).models;
  t.match(Object.fromEntries(states.map((each) => [each.name, each])), {
    good: { state: 'ready' },
    corrupt: { state: 'unavailable', reason: /corrupt\/1\/model\.onnx/ },
    misspelt: { state: 'unavailable', reason: /unknown field/ },
  });
  t.equal((await post(port, '/v1/predict', Buffer.alloc(16))).status, 200);
  const metrics = (await get(port, '/metrics')).body.toString();
  for (const [model, version] of Object.entries({ corrupt: '1', misspelt: 'unknown' })) {
    t.match(
      log.find((line) => line['message'] === 'model unavailable' && line['model'] === model),
      { level: 'ERROR', version },
    );
    t.ok(metrics.includes(`ortolan_model_ready{model="${model}",version="${version}"} 0`), model);
    const response = await postJson(port, `/v1/models/${model}/predict`, {});
    t.equal(response.status, 503);
    t.match(jsonOf(response), { code: 'MODEL_UNAVAILABLE', retryable: false });
    t.equal((await get(port, `/v1/models/${model}`)).status, 200);
  }
});

t.test('a broken version beside a good one stops no start, of the default model or of another', async (t) => {
  const models = modelRepository(t, {
    main: { ...affine(), config: { ...affine().config, defaultVersion: 1 } },
    other: affine(),
  });
  for (const model of ['main', 'other']) {
    for (const version of [2, 3, 4]) mkdirSync(join(models, model, String(version)));
    writeFileSync(join(models, model, '2/model.onnx'), 'This is no model.');
    symlinkSync('/etc/passwd', join(models, model, '3/model.onnx'));
    symlinkSync('model.onnx', join(models, model, '4/model.onnx'));
  }
  const { port, log } = await startServer(t, { models, options: { defaultModel: 'main' } });
  await until(() => log.filter(({ message }) => message === 'model unavailable').length === 6);
  t.equal((await post(port, '/v1/predict', Buffer.alloc(16))).status, 200);
  // Files that are no models are told before the others are loaded.
  await until(
    async () => (await post(port, '/v1/models/other/versions/1/predict', Buffer.alloc(16))).status === 200,
  );
  const broken = await post(port, '/v1/models/other/versions/3/predict', Buffer.alloc(16));
  t.match(jsonOf(broken), { code: 'MODEL_UNAVAILABLE' });
});

t.test('a misnamed version folder is reported with the name to give it', async (t) => {
  const models = modelRepository(t, { good: affine(), named: affine() });
  renameSync(join(models, 'named/1'), join(models, 'named/v1'));
  rmSync(join(models, 'named/model.json'));
  cpSync(join(models, 'good/1'), join(models, 'good/latest'), { recursive: true });
  const { port, log } = await startServer(t, { models, options: { logLevel: 'INFO' } });
  const named = /v1 is not a version, because .*: rename it to 1$/;
  t.match(
    log.filter(({ message }) => message === 'model passed over'),
    [
      { level: 'WARNING', folder: join(models, 'good'), reason: /^latest is not a version/ },
      { level: 'WARNING', folder: join(models, 'named'), reason: named },
    ],
  );
  const health = jsonOf<{ models: unknown[]; warnings: unknown[] }>(await get(port, '/health'));
  t.match(health.warnings, [{ folder: /good$/ }, { folder: /named$/, reason: named }]);
  t.match(health.models, [{ name: 'good' }, { name: 'named', state: 'unavailable', reason: named }]);
  const response = await post(port, '/v1/models/named/predict', Buffer.alloc(16));
  t.match(jsonOf(response), { code: 'MODEL_UNAVAILABLE' });
});

t.test('a request for a version that is still loading gets 503 with Retry-After', async (t) => {
  const { port } = await startServer(t);
  const response = await post(port, '/v1/models/efficientnet-lite0/versions/int8/predict', 'x');
  // It may be ready by now on a fast machine.
  if (response.status === 503) {
    t.match(jsonOf(response), { code: 'MODEL_LOADING', retryable: true });
    t.match(response.headers.get('retry-after'), /^\d+$/);
  } else t.match(jsonOf(response), { code: 'NOT_AN_IMAGE' });
});

t.test('until the default model is ready, health reports starting and predictions are refused', async (t) => {
  const running = startProcess(t, { models: modelRepository(t, { slow: affine() }) });
  const url = new URL(String((await running.line('listening'))['url']));
  const early = await get(Number(url.port), '/health');
  if (early.status === 503) t.match(jsonOf(early), { status: 'starting' });
  const port = await portOf(running);
  for (const path of ['/health', '/health/live', '/health/ready', '/health/startup']) {
    t.equal((await get(port, path)).status, 200, path);
  }
});

t.test('the largest head of a request is an option', async (t) => {
  const models = modelRepository(t, { affine: affine() });
  const port = await portOf(startProcess(t, { models, options: { maxHeaderBytes: 8192 } }));
  const asked = async (bytes: number): Promise<number> =>
    (await get(port, '/health/live', { 'x-long': 'x'.repeat(bytes) })).status;
  t.equal(await asked(8000), 200);
  t.equal(await asked(8200), 431);
});
