import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readSamples } from '../../../src/repository/golden/samples.ts';

const PHOTO = readFileSync(join(import.meta.dirname, '../../fixtures/photos/cat.jpg'));
const x = { name: 'x', datatype: 'FP32', shape: [1], data: [1] };
const sample = (more = {}): string => JSON.stringify({ inputs: [x], outputs: [x], ...more });
const ofImage = (image = 'cat.jpg'): string =>
  JSON.stringify({ image, predictions: [{ class_id: 282, probability: 0.4 }] });

type Folder = NonNullable<Parameters<Test['testdir']>[0]>;
const modelIn = (t: Test, golden: Folder, config = {}) => ({
  folder: realpathSync(t.testdir({ golden })),
  config,
});

t.test('a model without the folder has no samples', async (t) => {
  t.strictSame(await readSamples({ folder: realpathSync(t.testdir()), config: {} }), []);
});

t.test('samples are read by name, those of a version where one is named', async (t) => {
  const model = modelIn(t, { 'b.json': sample(), 'a.json': sample({ versions: [2] }), 'notes.txt': '' });
  const namesOf = async (version?: string) =>
    (await readSamples(model, version)).map(({ sample: { name } }) => name);
  t.strictSame(await namesOf(), ['a', 'b']);
  t.strictSame(await namesOf('1'), ['b']);
  t.strictSame(await namesOf('2'), ['a', 'b']);
});

t.test('the tolerance is that of model.json, and small without one', async (t) => {
  const files = { 'a.json': sample() };
  t.match(await readSamples(modelIn(t, files)), [
    { sample: { tolerance: { absolute: 1e-3, relative: 1e-3 } } },
  ]);
  t.match(await readSamples(modelIn(t, files, { golden: { absolute: 1 } })), [
    { sample: { tolerance: { absolute: 1, relative: 1e-3 } } },
  ]);
});

t.test('a photograph beside a sample is read with its header', async (t) => {
  const [loaded] = await readSamples(modelIn(t, { 'a.json': ofImage(), 'cat.jpg': PHOTO }));
  t.match(loaded?.photograph, { header: { format: 'jpeg', width: 451, height: 300 } });
  t.equal(loaded?.photograph?.bytes.byteLength, PHOTO.byteLength);
});

const faults: Readonly<Record<string, [Folder, RegExp]>> = {
  'a sample that is damaged': [{ 'a.json': '{' }, /golden\/a\.json is not valid JSON/],
  'a sample that leads nowhere': [
    { 'a.json': t.fixture('symlink', 'b.json') },
    /a\.json is a link that leads nowhere/,
  ],
  'a photograph that is not there': [{ 'a.json': ofImage() }, /golden\/cat\.jpg does not exist/],
  'a photograph that is none': [{ 'a.json': ofImage(), 'cat.jpg': 'text' }, /golden\/cat\.jpg: .*JPEG/],
  'a photograph outside of the model': [
    { 'a.json': ofImage(), 'cat.jpg': t.fixture('symlink', '/etc/hostname') },
    /leads out of/,
  ],
  'too many samples': [
    Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`${index}.json`, ''])),
    /has 101 samples: more than 100/,
  ],
};
for (const [what, [golden, message]] of Object.entries(faults)) {
  t.test(`refuses ${what}`, async (t) => {
    await t.rejects(readSamples(modelIn(t, golden)), { name: 'ModelError', message });
  });
}
