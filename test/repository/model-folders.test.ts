/** One model that gets a name, in each of the places where KServe and others put it. */
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { chooseDefaultModel } from '../../src/repository/default-model.ts';
import { ModelError } from '../../src/repository/model-error.ts';
import { scanRepository } from '../../src/repository/repository.ts';

const version = () => ({ 'model.onnx': 'bytes' });
const settings = { 'model.json': '{"labels": "labels.txt"}', 'labels.txt': 'cat\n' };

t.test(
  'the folder itself may be the model, with the file in it or with versions, or hold its folder',
  async (t) => {
    const layouts = {
      file: { ...version(), ...settings, 'model.onnx.data': '', 'config.json': '{}' },
      versions: { 1: version(), 3: version(), ...settings, '.cache': { 1: version() } },
      folder: { resnet: { 1: version(), ...settings }, notes: { 'a.txt': '' }, export: { 1: version() } },
    };
    for (const [title, layout] of Object.entries(layouts)) {
      const root = t.testdir(layout);
      const { models, unavailable } = await scanRepository(root, 'my-model');
      const expected = title === 'versions' ? ['1', '3'] : ['1'];
      t.match(models, [{ name: 'my-model', labels: ['cat'] }], title);
      t.strictSame(
        models.map(({ versions }) => versions.map((entry) => entry.version)),
        [expected],
        title,
      );
      t.strictSame([models.length, unavailable], [1, []], title);
      t.equal(chooseDefaultModel({ root, models, unavailable, warnings: [] }, 'my-model'), models[0]);
    }
  },
);

t.test('a model.onnx in the folder of the model is its version 1, and no fault', async (t) => {
  const root = t.testdir(version());
  const { models, warnings } = await scanRepository(root, 'net');
  t.match(models[0], {
    folder: root,
    versions: [{ version: '1', file: join(root, 'model.onnx'), root, bytes: 5 }],
  });
  t.strictSame(warnings, []);
});

t.test('beside versions, a file in the folder of the model is passed over with a warning', async (t) => {
  const root = t.testdir({ ...version(), 2: version() });
  const { models, warnings } = await scanRepository(root, 'net');
  t.match(models, [{ name: 'net', versions: [{ version: '2' }] }]);
  t.match(warnings, [{ folder: root, reason: /^model.onnx is not in a version folder/ }]);
});

t.test(
  'several models keep their own names, and one of them has to be the one that is asked for',
  async (t) => {
    const root = t.testdir({ net: { 1: version() }, other: { 1: version() } });
    const found = await scanRepository(root, 'net');
    t.match(found.models, [{ name: 'net' }, { name: 'other' }]);
    t.equal(chooseDefaultModel(found, 'net').name, 'net');
    const message = `The default model third is not in ${root}; there is net, other.`;
    t.throws(() => chooseDefaultModel(found, 'third'), new ModelError(message));
  },
);

t.test(
  'without a name the same folders are as they were: each model has the name of its folder',
  async (t) => {
    const flat = await scanRepository(t.testdir(version()));
    t.match(flat, { models: [], warnings: [{ reason: /^model.onnx is directly in the models folder/ }] });
    const one = await scanRepository(t.testdir({ net: { 1: version() } }));
    t.match(one.models, [{ name: 'net' }]);
  },
);

t.test('a link out of the folder is refused in every place', async (t) => {
  const outside = t.testdir({ repository: { 1: {} }, 'secret.onnx': 'bytes' });
  const root = join(outside, 'repository');
  symlinkSync('../secret.onnx', join(root, 'model.onnx'));
  t.match(await scanRepository(root, 'net'), {
    models: [],
    unavailable: [{ reason: /leads out of repository/ }],
  });
  writeFileSync(join(root, '1/model.onnx'), 'bytes');
  t.match(await scanRepository(root, 'net'), { models: [{ versions: [{ version: '1' }] }] });
});
