import t from 'tap';
import { ortolan } from '../ortolan.ts';

const version = () => ({ 'model.onnx': 'abc' });
const config = (content: object): string => JSON.stringify(content);

t.test('lists every version with its properties', async (t) => {
  const models = t.testdir({
    net: {
      1: version(),
      2: version(),
      'model.json': config({
        description: 'A net',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [3, 4] }],
        versionLabels: { stable: 1 },
      }),
    },
  });
  const { code, out } = await ortolan(['models', 'list', '--models', models]);
  t.equal(code, 0);
  t.strictSame(out.split('\n'), [
    'NAME  VERSION  LABELS   SIZE     TRUST  INPUT        DESCRIPTION',
    'net   1        stable   3 bytes         FP32 [3, 4]  A net',
    'net   2        default  3 bytes         FP32 [3, 4]  A net',
    '',
  ]);
});

t.test('lists as JSON, with broken models and warnings', async (t) => {
  const models = t.testdir({
    net: { 1: version(), v2: version() },
    bad: { 1: version(), 'model.json': '{' },
  });
  const { code, out } = await ortolan(['models', 'list', '--json', '--models', models]);
  t.equal(code, 1);
  t.match(JSON.parse(out), {
    models: [{ name: 'net' }],
    unavailable: [{ name: 'bad' }],
    warnings: [{ folder: /net$/, reason: /^v2 is not a version/ }],
  });
});

t.test('lists unavailable models and versions with reasons, and exits with 1', async (t) => {
  const models = t.testdir({
    bad: { 1: version(), 'model.json': '{' },
    net: { 1: version(), 2: { 'model.onnx': t.fixture('symlink', '/etc/passwd') } },
  });
  const { code, out, err } = await ortolan(['models', 'list', '--models', models]);
  t.equal(code, 1);
  t.match(out, /^net   1 /m);
  t.match(err, /^bad is unavailable: .*is not valid JSON/m);
  t.match(err, /^net 2 is unavailable: .* leads out of /m);
  t.match(err, /^ortolan: 2 unavailable\.$/m);
});

t.test('warns about ignored folders, and exits with 0', async (t) => {
  const models = t.testdir({ net: { v1: version() } });
  const { code, out, err } = await ortolan(['models', 'list', '--models', models]);
  t.equal(code, 0);
  t.match(out, /^There is no model in/);
  t.match(err, /^warning: \S+net: v1 is not a version, because .*: rename it to 1\n$/);
});

t.test('explains how to set the models folder when it is missing', async (t) => {
  const { code, err } = await ortolan(['models', 'list', '--models', 'nowhere']);
  t.equal(code, 1);
  t.match(err, /^ortolan: The models folder \S+nowhere cannot be read \(ENOENT\); set --models/);
});
