import { createHash } from 'node:crypto';
import t, { type Test } from 'tap';
import { externalModel, weightsOf } from '../../support/external-model.ts';
import { affine, brightness } from '../../support/tiny-models.ts';
import { ortolan } from '../ortolan.ts';

const version = ({ file } = affine()) => ({ 'model.onnx': file });
const config = (content: object): string => JSON.stringify(content);
const DIGEST = createHash('sha256').update(affine().file).digest('hex');

t.test('tells each check of every version', async (t) => {
  const models = t.testdir({
    net: { 1: version(), 2: version(), 'model.json': config({ sha256: { 1: DIGEST }, maxBatchSize: 2 }) },
  });
  const { code, out, err } = await ortolan(['models', 'verify', '--models', models]);
  t.equal(code, 0, err);
  const rest = (number: number): string[] => [
    `net ${number}: loads on cpu`,
    `net ${number}: takes x FP32 [-1, 4]; gives y FP32 [-1, 4]`,
    `net ${number}: runs batches of 1, 2 rows`,
    `net ${number}: no golden samples`,
  ];
  t.strictSame(out.split('\n'), [
    'net 1: sha256 verified',
    ...rest(1),
    'net 2: no sha256 in model.json to compare with',
    ...rest(2),
    '',
  ]);
});

/** A golden sample of the affine model: y = 2x + 1. */
const golden = (y: number, more = {}): string => {
  const tensor = { datatype: 'FP32', shape: [1, 4] };
  const inputs = [{ ...tensor, name: 'x', data: [0, 1, 2, 3] }];
  return JSON.stringify({ inputs, outputs: [{ ...tensor, name: 'y', data: [1, 3, 5, y] }], ...more });
};

t.test('asks every golden sample, also after one that is answered wrongly', async (t) => {
  const models = t.testdir({ net: { 1: version(), golden: { 'a.json': golden(8), 'b.json': golden(7) } } });
  const { code, out, err } = await ortolan(['models', 'verify', '--models', models]);
  t.equal(code, 1);
  t.match(err, /^net 1: golden sample a: output y\[0, 3\] is 7, not 8 \(± 0\.009\)$/m);
  t.match(out, /^net 1: golden sample b: the answer is the known one$/m);
});

t.test('loads weights beside the model by links as a hub’s cache has them', async (t) => {
  const models = t.testdir({
    net: {
      blobs: { aaaa: externalModel(), bbbb: weightsOf(3) },
      1: {
        'model.onnx': t.fixture('symlink', '../blobs/aaaa'),
        'model.onnx.data': t.fixture('symlink', '../blobs/bbbb'),
      },
      golden: { 'a.json': JSON.stringify({ inputs: [ONES], outputs: [{ ...ONES, name: 'y', data: [3, 3, 3, 3] }] }) },
    },
  });
  const { code, out, err } = await ortolan(['models', 'verify', '--models', models]);
  t.equal(code, 0, err);
  t.match(out, /^net 1: golden sample a: the answer is the known one$/m);
});

const ONES = { name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 1, 1, 1] };

const image = { resize: 8, crop: 8, filter: 'bilinear' };

type Folder = NonNullable<Parameters<Test['testdir']>[0]>;

const faults: [string, Folder, RegExp][] = [
  [
    'a file that has changed',
    { 1: version(), 'model.json': config({ sha256: { 1: 'a'.repeat(64) } }) },
    /^net 1: .*is not the file that model\.json declares/m,
  ],
  [
    'a version that is gone',
    { 1: version(), 'model.json': config({ sha256: { 1: DIGEST, 2: DIGEST } }) },
    /^net 2: model\.json declares its sha256, but/m,
  ],
  [
    'a golden sample of a version that is gone',
    { 1: version(), golden: { 'a.json': golden(7, { versions: [1, 4] }) } },
    /^net 4: the golden sample a is for this version, but it is not there/m,
  ],
  [
    'a golden sample that is damaged',
    { 1: version(), golden: { 'a.json': '{' } },
    /^net 1: .*golden\/a\.json is not valid JSON/m,
  ],
  [
    'a model that is unavailable',
    { 1: version(), 'model.json': config({ defaultVersion: 3 }) },
    /^net is unavailable: /m,
  ],
  ['a file that is no ONNX', { 1: { 'model.onnx': 'no model' } }, /^net 1: .*model\.onnx is a text\./m],
  [
    'labels that are not one a class of the file',
    { 1: version(), 'labels.txt': 'a\nb\n', 'model.json': config({ labels: 'labels.txt' }) },
    /^net 1: model\.json#\/labels has 2 names, but output y has 4 classes/m,
  ],
  [
    'preprocessing that does not fit the file',
    { 1: version(brightness()), 'model.json': config({ preprocess: { ...image, resize: 64, crop: 64 } }) },
    /^net 1: model\.json#\/preprocess\/crop is 64, .*: set crop to 8/m,
  ],
];
for (const [what, folder, pattern] of faults) {
  t.test(`ends with exit code 1 for ${what}`, async (t) => {
    const { code, err } = await ortolan(['models', 'verify', '--models', t.testdir({ net: folder })]);
    t.equal(code, 1);
    t.match(err, pattern);
    t.match(err, /^ortolan: 1 fault found\.$/m);
  });
}

t.test('continues after a version that cannot be loaded', async (t) => {
  const models = t.testdir({ net: { 1: { 'model.onnx': 'no model' }, 2: version() } });
  const { code, out } = await ortolan(['models', 'verify', '--models', models]);
  t.equal(code, 1);
  t.match(out, /^net 2: loads on cpu$/m);
});

t.test('verifies one model when it is named', async (t) => {
  const models = t.testdir({ good: { 1: version() }, bad: { 1: { 'model.onnx': 'no model' } } });
  t.match(await ortolan(['models', 'verify', 'good', '--models', models]), {
    code: 0,
    out: /^(good 1: [^\n]+\n)+$/,
  });
});

t.test('describes the folder of a model that cannot be found', async (t) => {
  const models = t.testdir({ net: { v1: version() } });
  const { code, err } = await ortolan(['models', 'verify', 'net', '--models', models]);
  t.equal(code, 1);
  t.match(err, /^ortolan: There is no model net in \S+\. In \S+net, v1 is not a version, because .*\.\n$/);
  t.match(await ortolan(['models', 'verify', 'other', '--models', models]), {
    code: 1,
    err: /^ortolan: There is no model other in \S+\.\n$/,
  });
});

t.test('verifies the bundled model, with golden samples of both versions', async (t) => {
  const { code, out } = await ortolan(['models', 'verify', 'efficientnet-lite0']);
  t.equal(code, 0);
  for (const [number, name] of [['1', 'cat-fp32'], ['2', 'cat-int8']] as const) {
    t.match(out, new RegExp(`^efficientnet-lite0 ${number}: sha256 verified$`, 'm'));
    for (const sample of [name, 'tripod']) {
      t.match(out, new RegExp(`^efficientnet-lite0 ${number}: golden sample ${sample}: the answer is the known one$`, 'm'));
    }
  }
});
