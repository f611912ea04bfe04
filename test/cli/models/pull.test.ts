import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CATALOGUE, type CatalogueEntry } from '../../../src/cli/models/catalogue.ts';
import { pull } from '../../../src/cli/models/pull.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { parseModelConfig } from '../../../src/repository/model-config.ts';
import { scanRepository } from '../../../src/repository/repository.ts';
import { serveFile, withRanges } from '../file-server.ts';

const CONTENT = Buffer.from('the bytes of a model');
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

/** The catalogue entry of resnet18, with a file of a few bytes. */
const small = (url: string): CatalogueEntry => ({
  ...CATALOGUE[0]!,
  url,
  bytes: CONTENT.length,
  sha256: SHA256,
  config: { ...CATALOGUE[0]!.config, sha256: { 1: SHA256 } },
});

function listener(): Terminal & { readonly said: string[]; readonly told: string[] } {
  const said: string[] = [];
  const told: string[] = [];
  return {
    said,
    told,
    out: (text) => said.push(text),
    err: (text) => told.push(text),
    env: {},
    cwd: '/',
    colour: false,
    unicode: false,
    watched: false,
  };
}

async function pullSmall(t: Test, models: string, from?: string) {
  const server = await serveFile(t, withRanges(CONTENT));
  const terminal = listener();
  await pull('resnet18', { models, from: from ?? server.url, catalogue: [small(server.url)] }, terminal);
  return { terminal, server };
}

t.test('writes a valid model folder, with labels and digest', async (t) => {
  const models = t.testdir();
  const { terminal } = await pullSmall(t, models);
  const repository = await scanRepository(models);
  t.match(repository, { models: [{ name: 'resnet18', defaultVersion: '1' }], unavailable: [] });
  t.equal(repository.models[0]?.labels?.length, 1000);
  t.strictSame(repository.models[0]?.versions[0]?.sha256Declared, { 'model.onnx': SHA256 });
  t.match(terminal.said, [/^resnet18 is in .*resnet18, sha256 verified\.$/]);
  t.match(terminal.told.at(-1), /^resnet18: 100 % of 20 bytes$/);
});

t.test('downloads nothing when the model exists', async (t) => {
  const models = t.testdir();
  await pullSmall(t, models);
  const { terminal, server } = await pullSmall(t, models);
  t.strictSame(server.ranges, []);
  t.match(terminal.said, [/already in .* and verified/]);
});

t.test('keeps a model.json that was edited', async (t) => {
  const models = t.testdir({ resnet18: { 'model.json': '{"maxBatchSize": 2}' } });
  await pullSmall(t, models);
  t.equal(readFileSync(join(models, 'resnet18', 'model.json'), 'utf8'), '{"maxBatchSize": 2}');
});

t.test('does not overwrite an unrelated file in its place', async (t) => {
  const models = t.testdir({ resnet18: { 1: { 'model.onnx': 'mine' } } });
  await t.rejects(pullSmall(t, models), { exitCode: 1, message: /another file than the catalogue's/ });
  t.equal(readFileSync(join(models, 'resnet18', '1', 'model.onnx'), 'utf8'), 'mine');
});

t.test('leaves no servable model when the digest is wrong', async (t) => {
  const models = t.testdir();
  const server = await serveFile(t, withRanges(Buffer.from('other bytes, as many')));
  const options = { models, catalogue: [small(server.url)] };
  await t.rejects(pull('resnet18', options, listener()), { message: /is not the expected file/ });
  t.strictSame(await scanRepository(models), { root: models, models: [], unavailable: [], warnings: [] });
});

t.test('prefers the labels in the models folder to its own', async (t) => {
  const models = t.testdir({ 'efficientnet-lite0': { 'labels.txt': 'mine\n' } });
  await pullSmall(t, models);
  t.equal(readFileSync(join(models, 'resnet18', 'labels.txt'), 'utf8'), 'mine\n');
});

t.test('refuses an address that is not http or https', async (t) => {
  const models = t.testdir();
  await t.rejects(pullSmall(t, models, 'file:///etc/passwd'), {
    exitCode: 2,
    message: /not an http or https/,
  });
  t.notOk(existsSync(join(models, 'resnet18')));
});

for (const entry of CATALOGUE) {
  t.test(`describes ${entry.name} as a valid model configuration that names its own digest`, async (t) => {
    t.strictSame(parseModelConfig(JSON.stringify(entry.config), 'model.json'), entry.config);
    t.equal(entry.config.sha256?.['1'], entry.sha256);
    t.same(entry.config.source, { url: entry.url, sha256: entry.sha256, bytes: entry.bytes });
    const models = t.testdir({ [entry.name]: { 1: { 'model.onnx': '' } } });
    const labels = Array.from({ length: 1000 }, (_, index) => `class ${index}`).join('\n');
    writeFileSync(join(models, entry.name, 'labels.txt'), labels);
    writeFileSync(join(models, entry.name, 'model.json'), JSON.stringify(entry.config));
    t.strictSame((await scanRepository(models)).unavailable, []);
  });
}
