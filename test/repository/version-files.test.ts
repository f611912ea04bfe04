import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { filesOf } from '../../src/repository/version-files.ts';
import { externalModel, weightsOf } from '../support/external-model.ts';
import { affine } from '../support/tiny-models.ts';

type Folder = NonNullable<Parameters<Test['testdir']>[0]>;

/** Version 1 of a model whose folder has this content. */
function versionIn(t: Test, content: Folder) {
  const root = realpathSync(t.testdir({ models: { net: content } }));
  const file = join(root, 'models/net/1/model.onnx');
  return { version: '1', file, root: join(root, 'models'), bytes: 0, sha256Declared: undefined };
}

const namesOf = async (t: Test, content: Folder) =>
  (await filesOf(versionIn(t, content))).map(({ name }) => name);

t.test('a model with its weights inside is one file', async (t) => {
  t.strictSame(await namesOf(t, { 1: { 'model.onnx': affine().file } }), ['model.onnx']);
});

t.test('the files with weights follow, also those in folders below', async (t) => {
  const content = { 1: { 'model.onnx': externalModel('sub/w'), sub: { w: weightsOf(1) } } };
  t.strictSame(await namesOf(t, content), ['model.onnx', 'sub/w']);
});

t.test('links into one folder, as the cache of a hub has them, are followed', async (t) => {
  const content = {
    blobs: { aaaa: externalModel(), bbbb: weightsOf(1) },
    1: {
      'model.onnx': t.fixture('symlink', '../blobs/aaaa'),
      'model.onnx.data': t.fixture('symlink', '../blobs/bbbb'),
    },
  };
  t.strictSame(await namesOf(t, content), ['model.onnx', 'model.onnx.data']);
});

const LINKED = ['model.onnx', 'model.onnx.data'];
/** Links from the folder of the version, to weights where onnxruntime finds them. */
const layouts: Readonly<Record<string, Folder>> = {
  'a link to the model, and weights beside the link': {
    blobs: { m: externalModel() },
    1: { 'model.onnx': t.fixture('symlink', '../blobs/m'), 'model.onnx.data': weightsOf(1) },
  },
  'weights in a folder below that of the model': {
    blobs: { m: externalModel(), sub: { w: weightsOf(1) } },
    1: {
      'model.onnx': t.fixture('symlink', '../blobs/m'),
      'model.onnx.data': t.fixture('symlink', '../blobs/sub/w'),
    },
  },
  'a folder whose name begins with two dots, as a mounted volume has it': {
    1: {
      '..2024': { 'model.onnx': externalModel(), w: weightsOf(1) },
      '..data': t.fixture('symlink', '..2024'),
      'model.onnx': externalModel(),
      'model.onnx.data': t.fixture('symlink', '..data/w'),
    },
  },
};
for (const [what, content] of Object.entries(layouts)) {
  t.test(`follows ${what}`, async (t) => {
    t.strictSame(await namesOf(t, content), LINKED);
  });
}

const faults: Readonly<Record<string, [Folder, RegExp]>> = {
  'a file with weights that is not there': [
    { 1: { 'model.onnx': externalModel() } },
    /takes weights from .*model\.onnx\.data, which is not there: copy it there/,
  ],
  'a link to weights that leads nowhere': [
    { 1: { 'model.onnx': externalModel(), 'model.onnx.data': t.fixture('symlink', '../blobs/b') } },
    /which is a link to \.\.\/blobs\/b, where nothing is/,
  ],
  'a link to weights outside of the repository': [
    { 1: { 'model.onnx': externalModel(), 'model.onnx.data': t.fixture('symlink', '/etc/hostname') } },
    /model\.onnx\.data leads out of models/,
  ],
  'a link to weights in a folder that onnxruntime does not read': [
    {
      blobs: { b: weightsOf(1) },
      1: { 'model.onnx': externalModel(), 'model.onnx.data': t.fixture('symlink', '../blobs/b') },
    },
    /is a link to \.\.\/blobs\/b, in another folder, .* make model\.onnx a link into the same folder/,
  ],
  'a folder in the place of weights': [
    { 1: { 'model.onnx': externalModel('w'), w: {} } },
    /w, with weights of .*model\.onnx, is not a file/,
  ],
  'weights outside of the folder': [
    { 1: { 'model.onnx': externalModel('../w') }, w: weightsOf(1) },
    /takes weights from outside of its folder: \.\.\/w/,
  ],
  'a file that is no ONNX': [{ 1: { 'model.onnx': '<html>' } }, /model\.onnx is an HTML page/],
  'a file that is cut off': [{ 1: { 'model.onnx': affine().file.subarray(0, 90) } }, /is cut off/],
  'a file that is not there': [{ 1: {} }, /model\.onnx cannot be read \(ENOENT\)/],
};
for (const [what, [content, message]] of Object.entries(faults)) {
  t.test(`refuses ${what}`, async (t) => {
    await t.rejects(filesOf(versionIn(t, content)), { name: 'ModelError', message });
  });
}

t.test('refuses a version of which the scan has found a fault', async (t) => {
  const version = { ...versionIn(t, { 1: {} }), fault: 'It leads out of the folder.' };
  await t.rejects(filesOf(version), { name: 'ModelError', message: 'It leads out of the folder.' });
});
