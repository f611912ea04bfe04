import t from 'tap';
import { ortolan } from './ortolan.ts';

/** sha256 of "abc": FIPS 180-2, appendix B.1. */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const version = () => ({ 'model.onnx': 'abc' });
const config = (content: object): string => JSON.stringify(content);

t.test('lists every version with what is known of it', async (t) => {
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
    'NAME  VERSION  LABELS   SIZE     INPUT        DESCRIPTION',
    'net   1        stable   3 bytes  FP32 [3, 4]  A net',
    'net   2        default  3 bytes  FP32 [3, 4]  A net',
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

t.test('says which models and versions are unavailable, and why, and ends with 1', async (t) => {
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

t.test('warns of what is passed over, and ends with 0', async (t) => {
  const models = t.testdir({ net: { v1: version() } });
  const { code, out, err } = await ortolan(['models', 'list', '--models', models]);
  t.equal(code, 0);
  t.match(out, /^There is no model in/);
  t.match(err, /^warning: \S+net: v1 is not a version, because .*: rename it to 1\n$/);
});

t.test('verifies every version', async (t) => {
  const models = t.testdir({
    net: { 1: version(), 2: version(), 'model.json': config({ sha256: { 1: ABC } }) },
  });
  const { code, out } = await ortolan(['models', 'verify', '--models', models]);
  t.equal(code, 0);
  t.equal(out, 'net 1: sha256 verified\nnet 2: no sha256 in model.json to compare with\n');
});

const faults: [string, object, RegExp][] = [
  ['a file that has changed', { sha256: { 1: 'a'.repeat(64) } }, /is not the file that model\.json declares/],
  ['a version that is gone', { sha256: { 1: ABC, 2: ABC } }, /net 2: model\.json declares its sha256, but/],
  ['a model that is unavailable', { defaultVersion: 3 }, /net is unavailable/],
];
for (const [what, content, pattern] of faults) {
  t.test(`ends with exit code 1 for ${what}`, async (t) => {
    const models = t.testdir({ net: { 1: version(), 'model.json': config(content) } });
    const { code, err } = await ortolan(['models', 'verify', '--models', models]);
    t.equal(code, 1);
    t.match(err, pattern);
    t.match(err, /^ortolan: 1 fault found\.$/m);
  });
}

t.test('verifies one model when it is named', async (t) => {
  const bad = { 1: version(), 'model.json': config({ sha256: { 1: 'a'.repeat(64) } }) };
  const models = t.testdir({ good: { 1: version() }, bad });
  t.match(await ortolan(['models', 'verify', 'good', '--models', models]), {
    code: 0,
    out: /^good 1: [^\n]+\n$/,
  });
  t.match(await ortolan(['models', 'verify', 'none', '--models', models]), {
    code: 1,
    err: /There is no model none/,
  });
});

t.test('says how to set the folder when it is not there', async (t) => {
  const { code, err } = await ortolan(['models', 'list', '--models', 'nowhere']);
  t.equal(code, 1);
  t.match(err, /^ortolan: The models folder \S+nowhere cannot be read \(ENOENT\); set --models/);
});

t.test('finds the models in the box sound', async (t) => {
  const { code, out } = await ortolan(['models', 'verify', 'efficientnet-lite0']);
  t.equal(code, 0);
  t.equal(out, 'efficientnet-lite0 1: sha256 verified\nefficientnet-lite0 2: sha256 verified\n');
});
