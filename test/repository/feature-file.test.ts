import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { keyOf, readFeatureFile, tableOf } from '../../src/repository/feature-file.ts';
import type { FeaturesConfig } from '../../src/repository/model-json/features.ts';

const config: FeaturesConfig = {
  store: 'file',
  file: 'features.json',
  entities: { shop: 'string', day: 'int32' },
  features: { x: ['v:a', 'v:b'] },
};
const read = (content: unknown) =>
  tableOf(typeof content === 'string' ? content : JSON.stringify(content), 'features.json', config);
const row = (entities: object, values: object, at?: string) => ({ rows: [{ entities, values, at }] });

t.test('a row is found by its keys, in whatever order the file writes them', async (t) => {
  const { rows, digest } = read(
    row({ shop: 'a', day: 3 }, { 'v:a': 1, 'v:b': null }, '2026-11-30T12:00:00Z'),
  );
  t.strictSame(rows.get(keyOf([3, 'a'])), {
    values: { 'v:a': 1, 'v:b': null },
    at: Date.UTC(2026, 10, 30, 12),
  });
  t.match(digest, /^[0-9a-f]{64}$/);
  t.equal(read(row({ shop: 'a', day: 3 }, {})).rows.get(keyOf([3, 'a']))?.at, undefined);
});

t.test('what is wrong is named by its place', async (t) => {
  const keys = { shop: 'a', day: 3 };
  const cases: readonly [unknown, RegExp][] = [
    ['{', /not valid JSON/],
    [{}, /features.json#/],
    [{ rows: [5] }, /#\/rows\/0/],
    [row({ shop: 'a' }, {}), /#\/rows\/0\/entities has to have day, shop/],
    [row({ ...keys, more: 1 }, {}), /has to have/],
    [row({ shop: 'a', day: 0.5 }, {}), /#\/rows\/0\/entities/],
    [row(keys, { 'v:c': 1 }), /v:c, which model.json does not name/],
    [row(keys, { 'v:a': [1] }), /#\/rows\/0\/values/],
    [row(keys, {}, 'yesterday'), /#\/rows\/0\/at/],
    [row(keys, {}, '2026-11-30T12:00:00'), /#\/rows\/0\/at/],
    [{ rows: [row(keys, {}).rows[0], row(keys, {}).rows[0]] }, /#\/rows\/1 is there twice/],
  ];
  for (const [content, message] of cases) t.throws(() => read(content), { name: 'ModelError', message });
});

t.test('the file lies in the folder of the model', async (t) => {
  const folder = t.testdir({ 'outside.json': '{"rows":[]}', model: {} });
  const model = join(folder, 'model');
  await t.rejects(readFeatureFile(model, config), { message: /features.json do not exist/ });
  symlinkSync('../outside.json', join(model, 'features.json'));
  await t.rejects(readFeatureFile(model, config), { message: /leads out of/ });
  await t.rejects(readFeatureFile(model, { ...config, file: '../outside.json' }), {
    message: /leads out of/,
  });
  mkdirSync(join(model, 'data'));
  writeFileSync(join(model, 'data', 'f.json'), '{"rows":[]}');
  t.equal((await readFeatureFile(model, { ...config, file: 'data/f.json' }))?.rows.size, 0);
  const { file: _, ...without } = config;
  t.equal(await readFeatureFile(model, without), undefined);
});
