import { existsSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseModelConfig } from '../../src/repository/model-config.ts';
import {
  discard,
  keepDefault,
  nextVersion,
  register,
  stagingFolder,
  withDefault,
} from '../../src/repository/registration.ts';
import { scanRepository, type ModelEntry } from '../../src/repository/repository.ts';
import { affine } from '../support/tiny-models.ts';

async function entryOf(
  t: Test,
  config: string | undefined,
  ...versions: readonly string[]
): Promise<ModelEntry> {
  const own = Object.fromEntries(versions.map((version) => [version, { 'model.onnx': affine().file }]));
  const root = t.testdir({ net: { ...own, ...(config === undefined ? {} : { 'model.json': config }) } });
  const { models, unavailable } = await scanRepository(root);
  t.same(unavailable, []);
  return models[0]!;
}

const again = async ({ folder }: ModelEntry): Promise<ModelEntry> =>
  (await scanRepository(join(folder, '..'))).models[0]!;

t.test('a version is made unseen, and in place by one rename', async (t) => {
  const entry = await entryOf(t, '{"defaultVersion": 1}', '1', '4');
  const staged = await stagingFolder(entry);
  writeFileSync(join(staged, 'model.onnx'), affine().file);
  t.same(
    (await again(entry)).versions.map(({ version }) => version),
    ['1', '4'],
    'nobody sees it',
  );
  t.equal(await nextVersion(entry), '5');
  t.equal(await register(entry, staged), '5');
  t.same(
    (await again(entry)).versions.map(({ version }) => version),
    ['1', '4', '5'],
  );
  t.notOk(existsSync(staged));
});

t.test('a number that another program has taken meanwhile is passed over', async (t) => {
  const entry = await entryOf(t, undefined, '1');
  const [first, second] = [await stagingFolder(entry), await stagingFolder(entry)];
  for (const staged of [first, second]) writeFileSync(join(staged, 'model.onnx'), affine().file);
  t.same(
    await Promise.all([register(entry, first), register(entry, second)]).then((both) => both.toSorted()),
    ['2', '3'],
  );
});

t.test('what is given up leaves nothing, and what was left behind a day ago goes too', async (t) => {
  const entry = await entryOf(t, undefined, '1');
  const before = readdirSync(entry.folder);
  const [old, staged] = [await stagingFolder(entry), await stagingFolder(entry)];
  await discard(staged);
  const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
  utimesSync(old, yesterday, yesterday);
  await discard(await stagingFolder(entry));
  t.same(readdirSync(entry.folder), before);
});

t.test('the version that answered goes on answering', async (t) => {
  for (const config of [
    undefined,
    '{}',
    '{ "description": "a net" }',
    '\uFEFF{\n  "description": "a net"\n}',
  ]) {
    const entry = await entryOf(t, config, '1', '3');
    t.equal(await keepDefault(entry), true);
    mkdirSync(join(entry.folder, '4'));
    writeFileSync(join(entry.folder, '4/model.onnx'), affine().file);
    const after = await again(entry);
    t.same(
      [after.defaultVersion, after.config.description],
      ['3', entry.config.description],
      config ?? 'none',
    );
    t.notOk(existsSync(join(entry.folder, 'model.json.part')));
  }
});

t.test('a model.json that names a default, or is signed, stays as it is', async (t) => {
  const config = '{"defaultVersion": 1}';
  const named = await entryOf(t, config, '1', '2');
  t.equal(await keepDefault(named), true);
  t.equal(readFileSync(join(named.folder, 'model.json'), 'utf8'), config);
  const signed = await entryOf(t, '{}', '1');
  writeFileSync(join(signed.folder, '1/model.sig'), '{}');
  t.equal(await keepDefault(signed), false);
  t.equal(readFileSync(join(signed.folder, 'model.json'), 'utf8'), '{}');
});

t.test('the key is written in front of the others, whatever they are', (t) => {
  for (const text of ['{}', '{ }', '{"a":1}', '{\n  "a": {"b": 2}\n}\n']) {
    const { defaultVersion, ...rest } = JSON.parse(withDefault(text, '3')) as Record<string, unknown>;
    t.equal(defaultVersion, 3);
    t.same(rest, JSON.parse(text));
  }
  t.ok(parseModelConfig(withDefault('{"description": "{"}', '3'), 'model.json'));
  t.end();
});

t.test(
  'a policy that has no place for both, and a model that is one file, are refused before anything is made',
  async (t) => {
    await t.rejects(
      stagingFolder(await entryOf(t, '{"versionPolicy": {"latest": 1}}', '1', '2')),
      /would serve version 3 instead of 2/,
    );
    const root = t.testdir({ 'model.onnx': affine().file });
    const { models } = await scanRepository(root, 'net');
    await t.rejects(stagingFolder(models[0]!), /is not in a folder of its version/);
  },
);
