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
    root,
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
  t.strictSame(models[0]?.versions[1]?.sha256Declared, { 'model.onnx': digest });
});

t.test('passes over what is no model', async (t) => {
  const root = t.testdir({
    'README.md': 'text',
    export: { 1: version() },
    '.git': { 1: version() },
    empty: {},
    notes: { 1: { 'weights.bin': '' }, 2023: { 'a.jpg': '' } },
    net: { 1: version(), 3: 'a file' },
  });
  const { models, unavailable, warnings } = await scanRepository(root);
  t.same(
    models.map(({ name, versions }) => [name, versions.map((entry) => entry.version)]),
    [['net', ['1']]],
  );
  t.strictSame(unavailable, []);
  t.strictSame(warnings, [{ folder: join(root, 'export'), reason: warnings[0]?.reason }]);
  t.match(warnings[0]?.reason, /the name export is kept for/);
});

t.test('warns of what looks like a model and is none, whether others are good or not', async (t) => {
  const root = t.testdir({
    'net.onnx': '',
    'v-first': { v1: version() },
    net: { 1: version(), 2: {}, 4: { 'model.onnx': {} } },
  });
  const { models, warnings } = await scanRepository(root);
  t.match(models, [{ name: 'net', defaultVersion: '1' }]);
  t.match(warnings, [
    { folder: root, reason: /^net\.onnx is directly in the models folder/ },
    { folder: join(root, 'net'), reason: '4/model.onnx is not a file' },
    { folder: join(root, 'net'), reason: '2 has no model.onnx' },
    { folder: join(root, 'v-first'), reason: /^v1 is not a version/ },
  ]);
});

t.test('warns of at most five things in a folder, and counts the rest', async (t) => {
  const folders = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`v${index + 1}`, version()]));
  const { warnings } = await scanRepository(t.testdir({ net: folders }));
  t.equal(warnings.length, 6);
  t.equal(warnings[5]?.reason, 'there are 4 more like these');
});

t.test('asks whether the folder of one model was taken for that of all', async (t) => {
  const { warnings } = await scanRepository(t.testdir({ 1: version() }));
  t.match(warnings, [{ reason: /or is this a version.*Then --models is one folder higher/ }]);
});

t.test('keeps serving the others when one model is broken', async (t) => {
  const root = t.testdir({ good: { 1: version() }, bad: { 1: version(), 'model.json': '{' } });
  const { models, unavailable } = await scanRepository(root);
  t.match(models, [{ name: 'good' }]);
  t.match(unavailable, [{ name: 'bad', reason: /bad\/model\.json is not valid JSON/ }]);
});

t.test('serves the versions that the policy chooses, the highest of them by default', async (t) => {
  const root = t.testdir({
    net: {
      1: version(),
      2: version(),
      3: version(),
      'model.json': config({ versionPolicy: { specific: [1, 2] } }),
    },
  });
  const { models } = await scanRepository(root);
  t.match(models, [{ defaultVersion: '2', withheld: ['3'] }]);
  t.same(
    models[0]?.versions.map((entry) => entry.version),
    ['1', '2'],
  );
});

t.test('names the file and the place of a contradiction', async (t) => {
  const root = t.testdir({ net: { 1: version(), 'model.json': config({ defaultVersion: 7 }) } });
  const { unavailable } = await scanRepository(root);
  // Clients may read it: not where the models folder lies.
  t.equal(unavailable[0]?.reason, 'net/model.json#/defaultVersion is 7, but there is 1');
});

t.test('says that a model.json stands beside no version', async (t) => {
  const root = t.testdir({ net: { 'model.json': '{}', 'model.onnx': 'bytes' } });
  const { unavailable, warnings } = await scanRepository(root);
  t.match(unavailable, [
    { reason: /has a model\.json, but no version: model\.onnx is not in a version folder: move it to 1\// },
  ]);
  t.strictSame(warnings, []);
});

t.test('refuses a model.json that is not UTF-8', async (t) => {
  const latin1 = Buffer.from('{\n  "description": "Réseau"\n}', 'latin1');
  const utf16 = Buffer.from('\uFEFF{}', 'utf16le');
  const root = t.testdir({
    latin1: { 1: version(), 'model.json': latin1 },
    utf16: { 1: version(), 'model.json': utf16 },
  });
  t.match((await scanRepository(root)).unavailable, [
    { name: 'latin1', reason: /latin1\/model\.json:2 is not UTF-8 \(byte 0xe9/ },
    { name: 'utf16', reason: /utf16\/model\.json is UTF-16/ },
  ]);
});

t.test('keeps the other versions of a model when one is unusable, and does not replace it', async (t) => {
  const root = t.testdir({
    net: { 1: version(), 2: { 'model.onnx': t.fixture('symlink', '/etc/passwd') } },
    loop: { 1: version(), 2: { 'model.onnx': t.fixture('symlink', 'model.onnx') } },
  });
  const { models, unavailable } = await scanRepository(root);
  t.strictSame(unavailable, []);
  t.match(models, [
    { name: 'loop', versions: [{ version: '1' }, { fault: /2\/model\.onnx cannot be read \(ELOOP\)/ }] },
    { name: 'net', versions: [{ version: '1' }, { fault: /leads out of / }], defaultVersion: '2' },
  ]);
  t.notOk(models[1]?.versions[0]?.fault);
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

t.test('keeps the path of a link to a file, by whose folder the weights beside it are found', async (t) => {
  const root = t.testdir({
    net: { blobs: { aaaa: 'bytes' }, 1: { 'model.onnx': t.fixture('symlink', '../blobs/aaaa') } },
  });
  const { models } = await scanRepository(root);
  t.match(models[0]?.versions, [{ file: join(root, 'net/1/model.onnx'), bytes: 5 }]);
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
