import { join } from 'node:path';
import t from 'tap';
import { scanRepository } from '../../src/repository/repository.ts';

const version = () => ({ 'model.onnx': 'bytes' });
const config = (content: object): string => JSON.stringify(content);

t.test('finds models with their versions, in the order of numbers', async (t) => {
  const root = t.testdir({ net: { 10: version(), 9: version(), 1: version() } });
  const { models } = await scanRepository(root);
  t.match(models, [{ name: 'net', config: {}, labels: undefined, defaultVersion: '10' }]);
  t.strictSame(models[0]?.versions[1], {
    version: '9',
    file: join(root, 'net', '9', 'model.onnx'),
    bytes: 5,
    sha256Declared: undefined,
  });
  t.same(
    models[0]?.versions.map((entry) => entry.version),
    ['1', '9', '10'],
  );
});

t.test('reads model.json and the labels beside it', async (t) => {
  const digest = 'a'.repeat(64);
  const root = t.testdir({
    net: {
      1: version(),
      2: version(),
      'labels.txt': '\uFEFFcat\r\ndog\n',
      'model.json': config({ labels: 'labels.txt', defaultVersion: 1, sha256: { 2: digest } }),
    },
  });
  const { models } = await scanRepository(root);
  t.strictSame(models[0]?.labels, ['cat', 'dog']);
  t.equal(models[0]?.defaultVersion, '1');
  t.equal(models[0]?.versions[1]?.sha256Declared, digest);
});

t.test('passes over what is no model', async (t) => {
  const root = t.testdir({
    'README.md': 'text',
    export: { 1: version() },
    '.git': { 1: version() },
    empty: {},
    notes: { v1: version(), '01': version(), 0: version(), 1: { 'weights.bin': '' } },
    net: { 1: version(), 2: {}, 3: 'a file', 4: { 'model.onnx': {} } },
  });
  const { models, unavailable } = await scanRepository(root);
  t.same(
    models.map(({ name, versions }) => [name, versions.map((entry) => entry.version)]),
    [['net', ['1']]],
  );
  t.strictSame(unavailable, []);
});

t.test('keeps serving the others when one model is broken', async (t) => {
  const root = t.testdir({ good: { 1: version() }, bad: { 1: version(), 'model.json': '{' } });
  const { models, unavailable } = await scanRepository(root);
  t.match(models, [{ name: 'good' }]);
  t.match(unavailable, [{ name: 'bad', reason: /bad\/model\.json is not valid JSON/ }]);
});

t.test('names the file and the place of a contradiction', async (t) => {
  const root = t.testdir({ net: { 1: version(), 'model.json': config({ defaultVersion: 7 }) } });
  const { unavailable } = await scanRepository(root);
  t.equal(unavailable[0]?.reason, `${join(root, 'net', 'model.json')}#/defaultVersion is 7, but there is 1`);
});

t.test('says that a model.json stands beside no version', async (t) => {
  const root = t.testdir({ net: { 'model.json': '{}', 'model.onnx': 'bytes' } });
  t.match((await scanRepository(root)).unavailable, [{ reason: /has a model\.json, but no version/ }]);
});

t.test('refuses a name that a path or a metric could not carry', async (t) => {
  const root = t.testdir({ 'my net': { 1: version() } });
  t.match((await scanRepository(root)).unavailable, [{ name: 'my net', reason: /is no name for a model/ }]);
});

t.test('says that labels are missing', async (t) => {
  const root = t.testdir({ net: { 1: version(), 'model.json': config({ labels: 'names.txt' }) } });
  t.match((await scanRepository(root)).unavailable, [{ reason: /net\/names\.txt do not exist/ }]);
});

t.test('never reads labels outside the folder of the model', async (t) => {
  const root = t.testdir({
    secret: 'x',
    up: { 1: version(), 'model.json': config({ labels: '../secret' }) },
    link: {
      1: version(),
      'labels.txt': t.fixture('symlink', '../secret'),
      'model.json': config({ labels: 'labels.txt' }),
    },
  });
  const { models, unavailable } = await scanRepository(root);
  t.strictSame(models, []);
  t.match(unavailable, [{ reason: /leads out of link/ }, { reason: /leads out of up/ }]);
});

t.test('never follows a link out of the root, be it folder, version, file or configuration', async (t) => {
  const base = t.testdir({
    outside: { 1: version(), 'model.json': '{}' },
    root: {
      folder: t.fixture('symlink', '../outside'),
      version: { 1: t.fixture('symlink', '../../outside/1') },
      file: { 1: { 'model.onnx': t.fixture('symlink', '../../../outside/1/model.onnx') } },
      json: { 1: version(), 'model.json': t.fixture('symlink', '../../outside/model.json') },
    },
  });
  const { models, unavailable } = await scanRepository(join(base, 'root'));
  t.strictSame(models, []);
  t.same(
    unavailable.map(({ name }) => name),
    ['file', 'folder', 'json', 'version'],
  );
  for (const { reason } of unavailable) t.match(reason, /leads out of root/);
});

t.test('follows links that stay inside, as mounted volumes have them', async (t) => {
  const base = t.testdir({
    mount: { '..data': { net: { 1: version() } }, net: t.fixture('symlink', '..data/net') },
    link: t.fixture('symlink', 'mount'),
  });
  t.match((await scanRepository(join(base, 'link'))).models, [{ name: 'net' }]);
});

t.test('passes over a link that leads nowhere', async (t) => {
  const root = t.testdir({ net: { 1: version(), 2: { 'model.onnx': t.fixture('symlink', 'gone') } } });
  t.match((await scanRepository(root)).models, [{ defaultVersion: '1' }]);
});

t.test('says how to set the folder when it is not there', async (t) => {
  await t.rejects(scanRepository(join(t.testdir(), 'none')), {
    message: /The models folder .*none cannot be read \(ENOENT\); set --models or ORTOLAN_MODELS\./,
  });
});
