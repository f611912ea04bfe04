/** What is in a bundle, and what is refused. That bundles answer as the server does is tested in test/learn/. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeBundle, type BundleOrder } from '../../src/bundle/bundle.ts';
import type { Manifest } from '../../src/bundle/manifest.ts';
import { scanRepository } from '../../src/repository/repository.ts';
import { externalModel, weightsOf } from '../support/external-model.ts';
import { modelRepository } from '../support/model-repository.ts';
import { affine, brightness } from '../support/tiny-models.ts';

interface Bundled {
  readonly out: string;
  readonly manifest: Manifest;
}

/** Writes a bundle of the only model of a repository, into the folder of that. */
async function bundled(models: string, changed: Partial<BundleOrder> = {}): Promise<Bundled> {
  const { models: found } = await scanRepository(models);
  const [entry] = found;
  const out = join(models, 'out');
  const manifest = await writeBundle({
    entry: entry!,
    version: entry!.versions[0]!,
    target: 'node',
    out,
    ...changed,
  });
  return { out, manifest };
}

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
const jsonIn = (...path: string[]) =>
  JSON.parse(readFileSync(join(...path), 'utf8')) as Record<string, unknown>;

t.test('a bundle for Node.js has the model, its labels, the preprocessing and a script', async (t) => {
  const model = brightness();
  const { out, manifest } = await bundled(modelRepository(t, { net: model }));
  t.match(manifest, {
    model: 'net',
    version: '1',
    target: 'node',
    preprocess: model.config.preprocess,
    softmax: true,
    classifies: true,
    labels: 'labels.json',
    weights: [],
  });
  t.strictSame(jsonIn(out, 'bundle.json'), JSON.parse(JSON.stringify(manifest)));
  t.same(jsonIn(out, 'labels.json'), model.labels);
  t.strictSame(readFileSync(join(out, 'model/model.onnx')), model.file);
  t.match(jsonIn(out, 'package.json'), {
    type: 'module',
    dependencies: { 'onnxruntime-node': /^\d/, sharp: /^\d/ },
  });
  t.strictSame(
    manifest.files.map(({ path }) => path).filter((path) => !path.startsWith('server/')),
    ['model/model.onnx', 'labels.json', 'model.js', 'classify.js', 'package.json'],
  );
  for (const { path, bytes, sha256: digest } of manifest.files) {
    t.equal(readFileSync(join(out, path)).byteLength, bytes, path);
    t.equal(sha256(join(out, path)), digest, path);
  }
});

t.test('the preprocessing is the code of the server, without its types, and finds itself', async (t) => {
  const { out, manifest } = await bundled(modelRepository(t, { net: brightness() }));
  const modules = manifest.files.filter(({ path }) => path.startsWith('server/') && path.endsWith('.js'));
  t.ok(modules.length >= 9);
  for (const { path } of modules) {
    const text = readFileSync(join(out, path), 'utf8');
    for (const [, to] of text.matchAll(/from '(\.[^']*)'/g)) {
      t.ok(existsSync(join(out, path, '..', to!)), `${path} finds ${to}`);
    }
  }
  t.equal(sha256(join(out, 'server/workers/image/resample.wasm')), sha256('workers/image/resample.wasm'));
  const { Resampler } = (await import(join(out, 'server/workers/image/resample.js'))) as {
    Resampler: new (bytes: number) => { begin(bytes: number, how: object): void };
  };
  t.doesNotThrow(() => new Resampler(1_000_000).begin(3, { resize: 1, crop: 1, filter: 'bicubic' }));
});

t.test('weights beside the model come along', async (t) => {
  const models = modelRepository(t, { net: { ...affine(), file: externalModel() } });
  writeFileSync(join(models, 'net/1/model.onnx.data'), weightsOf(3));
  const { out, manifest } = await bundled(models);
  t.strictSame(manifest.weights, ['model.onnx.data']);
  t.strictSame(readFileSync(join(out, 'model/model.onnx.data')), weightsOf(3));
  t.notOk(manifest.labels);
  t.notOk('sharp' in (jsonIn(out, 'package.json')['dependencies'] as object), 'rows need no decoder');
});

t.test('two bundles of the same version are equal, byte for byte', async (t) => {
  const models = modelRepository(t, { net: brightness() });
  const { out } = await bundled(models);
  renameSync(out, join(models, 'first'));
  await bundled(models);
  t.equal(sha256(join(models, 'first/bundle.json')), sha256(join(out, 'bundle.json')));
});

t.test('a bundle for browsers has a worker that changes with its files', async (t) => {
  const models = modelRepository(t, { net: brightness() });
  const first = await bundled(models, { target: 'browser' });
  const worker = readFileSync(join(first.out, 'offline.js'), 'utf8');
  t.match(worker, /^const ID = '[0-9a-f]{16}';$/m);
  t.strictSame(readdirSync(join(first.out, 'runtime')).sort(), [
    'ort-wasm-simd-threaded.mjs',
    'ort-wasm-simd-threaded.wasm',
    'ort.wasm.min.mjs',
  ]);
  for (const { path } of first.manifest.files.filter((file) => file.path.endsWith('.js'))) {
    t.notMatch(readFileSync(join(first.out, path), 'utf8'), /from 'node:/, path);
  }
  renameSync(first.out, join(models, 'first'));
  writeFileSync(join(models, 'net/labels.txt'), 'a\nb\nc\n');
  const second = await bundled(models, { target: 'browser' });
  t.not(readFileSync(join(second.out, 'offline.js'), 'utf8'), worker);
});

t.test('a runtime that is missing or another one is refused, with the command that brings it', async (t) => {
  const models = modelRepository(t, { net: brightness() });
  const runtime = join(models, 'runtime');
  const message = /npm install --prefix FOLDER onnxruntime-web@/;
  await t.rejects(bundled(models, { target: 'browser', runtime }), { name: 'BundleError', message });
  mkdirSync(join(runtime, 'dist'), { recursive: true });
  writeFileSync(join(runtime, 'dist/ort.wasm.min.mjs'), 'another');
  await t.rejects(bundled(models, { target: 'browser', runtime }), { message: /not that of version/ });
  t.strictSame(
    readdirSync(models).filter((name) => name.startsWith('out')),
    [],
    'and nothing is left behind',
  );
});

t.test('what would answer otherwise, or give away a secret, is refused', async (t) => {
  const net = brightness();
  const sanitising = { ...net.config, preprocess: { ...net.config.preprocess!, sanitise: { bits: 4 } } };
  const models = modelRepository(t, { net: { ...net, config: sanitising } });
  await t.rejects(bundled(models), { name: 'BundleError', message: /sanitises/ });
  writeFileSync(
    join(models, 'net/model.json'),
    JSON.stringify({ ...net.config, sha256: { 1: '0'.repeat(64) } }),
  );
  await t.rejects(bundled(models), { name: 'BundleError', message: /another sha256/ });
  writeFileSync(join(models, 'net/model.json'), JSON.stringify(net.config));
  renameSync(join(models, 'net/1/model.onnx'), join(models, 'net/1/model.onnx.enc'));
  await t.rejects(bundled(models), { name: 'BundleError', message: /is encrypted/ });
});

t.test('what lies in its place stays, and what was cut off is made again', async (t) => {
  const models = modelRepository(t, { net: brightness() });
  mkdirSync(join(models, 'out.part'));
  writeFileSync(join(models, 'out.part/rest'), '');
  const { out } = await bundled(models);
  t.notOk(existsSync(join(out, 'rest')));
  await t.rejects(bundled(models), { name: 'BundleError', message: /is there already/ });
});
