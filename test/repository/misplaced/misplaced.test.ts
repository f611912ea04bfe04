import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { misplacedIn, misplacedInRoot } from '../../../src/repository/misplaced/misplaced.ts';

const file = () => ({ 'model.onnx': 'bytes' });

const NOT_A_VERSION = 'is not a version, because versions are whole numbers such as 1';

type Folder = NonNullable<Parameters<Test['testdir']>[0]>;

const found = (t: Test, folder: Folder, versions: string[] = []): Promise<string[]> =>
  misplacedIn(t.testdir(folder), versions);

const alone: [string, Folder, string][] = [
  ['v1', { v1: file() }, `v1 ${NOT_A_VERSION}: rename it to 1`],
  ['a number with a zero in front', { '01': file() }, `01 ${NOT_A_VERSION}: rename it to 1`],
  ['version 0', { 0: file() }, `0 ${NOT_A_VERSION}: rename it to 1`],
  [
    'a word',
    { latest: file() },
    `latest ${NOT_A_VERSION}: rename it to 1 (its name may be a label: versionLabels in model.json)`,
  ],
  [
    'another name in such a folder',
    { v3: { 'net.onnx': '' } },
    `v3 ${NOT_A_VERSION}: rename it to 3, and net.onnx in it to model.onnx`,
  ],
  ['a file in no version', file(), 'model.onnx is not in a version folder: move it to 1/model.onnx'],
  [
    'a file of another name in no version',
    { 'net.onnx': '' },
    'net.onnx is not in a version folder: move it to 1/model.onnx',
  ],
  [
    'several files in no version',
    { 'a.onnx': '', 'b.onnx': '' },
    'a.onnx, b.onnx are not in version folders: each model needs a folder of its own, with 1/model.onnx in it',
  ],
  [
    'a version with another name',
    { 1: { 'net.onnx': '' } },
    '1 has no model.onnx: rename net.onnx in it to model.onnx',
  ],
  [
    'a version with another case',
    { 1: { 'Model.ONNX': '' } },
    '1 has no model.onnx: rename Model.ONNX in it to model.onnx',
  ],
  [
    'a version with several files',
    { 1: { 'a.onnx': '', 'b.onnx': '', 'c.onnx': '', 'd.onnx': '' } },
    '1 has no model.onnx: rename one of a.onnx, b.onnx, c.onnx and 1 more to model.onnx',
  ],
  [
    'a file too deep in a version',
    { 1: { onnx: file() } },
    '1/onnx/model.onnx is too deep: move it to 1/model.onnx',
  ],
  [
    'a file deep in a folder',
    { snapshots: { abc: { onnx: file() } } },
    'snapshots/abc/onnx/model.onnx is too deep: move it to 1/model.onnx',
  ],
  [
    'a model in a group of models',
    { net: { 1: file() } },
    'net is a model one folder too deep: move it up into the models folder',
  ],
  ['a folder in the place of the file', { 1: { 'model.onnx': {} } }, '1/model.onnx is not a file'],
  [
    'a SavedModel',
    { 1: { 'saved_model.pb': '', variables: {} } },
    '1/saved_model.pb is not ONNX, but a TensorFlow SavedModel: convert it with tf2onnx',
  ],
  [
    'a SavedModel as Triton has it',
    { 1: { 'model.savedmodel': { 'saved_model.pb': '' } } },
    '1/model.savedmodel/saved_model.pb is not ONNX, but a TensorFlow SavedModel: convert it with tf2onnx',
  ],
  [
    'a PyTorch model',
    { 'net.pt': '' },
    'net.pt is not ONNX, but a PyTorch model or its weights: export the model with torch.onnx.export',
  ],
];
for (const [what, folder, sentence] of alone) {
  t.test(`names ${what}`, async (t) => {
    t.strictSame(await found(t, folder), [sentence]);
  });
}

t.test('suggests a number that no other version has', async (t) => {
  t.match(await found(t, { 1: file(), v1: file(), latest: file(), 'model.onnx': '' }, ['1']), [
    /model\.onnx is not in a version folder: move it to 2\/model\.onnx/,
    /latest .* rename it to 2/,
    /v1 .* rename it to 2/,
  ]);
});

t.test('names a link that leads nowhere', async (t) => {
  const link = t.fixture('symlink', '../blobs/gone');
  t.strictSame(await found(t, { 1: { 'model.onnx': link } }), ['1/model.onnx is a link that leads nowhere']);
});

t.test('suggests a label for a link to a version', async (t) => {
  t.strictSame(await found(t, { 1: file(), latest: t.fixture('symlink', '1') }, ['1']), [
    'latest is a link to 1: write "versionLabels": {"latest": 1} in model.json instead',
  ]);
});

t.test('names an empty version beside a good one', async (t) => {
  t.strictSame(await found(t, { 1: file(), 2: {} }, ['1']), ['2 has no model.onnx']);
});

t.test('names configuration that is not read', async (t) => {
  t.match(await found(t, { 1: file(), 'config.pbtxt': '', 'Model.json': '{}', 'model.yaml': '' }, ['1']), [
    /^Model\.json is not read: settings go into model\.json$/,
    /^config\.pbtxt/,
    /^model\.yaml/,
  ]);
});

const nothing: [string, Folder, string[]?][] = [
  ['an empty folder, as lost+found is', {}],
  ['folders of photographs by year', { 2023: { 'a.jpg': '' }, 2024: {}, 'README.md': '' }],
  [
    'sources and backups beside a version',
    { 1: file(), backup: file(), 'net.pt': '', 'labels.txt': '' },
    ['1'],
  ],
  ['what begins with a dot', { '.cache': file(), '..data': { 1: file() } }],
];
for (const [what, folder, versions] of nothing) {
  t.test(`says nothing of ${what}`, async (t) => {
    t.strictSame(await found(t, folder, versions), []);
  });
}

t.test('does not follow a link out of the folder', async (t) => {
  const base = t.testdir({ outside: { v1: file() }, net: { link: t.fixture('symlink', '../outside') } });
  t.strictSame(await misplacedIn(join(base, 'net'), []), []);
});

t.test('ends where links go round', async (t) => {
  const [sentence] = await found(t, { v1: { 'net.onnx': '', again: t.fixture('symlink', '.') } });
  t.match(sentence, /^v1 is not a version/);
});

const roots: [string, Folder, RegExp][] = [
  [
    'one model',
    { 'net.onnx': '' },
    /^net\.onnx is directly in the models folder: move each to <name of the model>\/1/,
  ],
  ['several models', { 'a.onnx': '', 'b.onnx': '' }, /^a\.onnx, b\.onnx are directly in the models folder/],
  ['a model of another format', { 'net.pt': '' }, /^net\.pt is not ONNX/],
];
for (const [what, folder, sentence] of roots) {
  t.test(`names ${what} directly in the models folder`, (t) => {
    const entries = readdirSync(t.testdir(folder), { withFileTypes: true });
    t.match(misplacedInRoot(entries), [sentence]);
    t.end();
  });
}
