/** The package: what is in it, whom its declarations suit, and that the programs of its README do what they say. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { VERSION } from '../../src/version.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';
import { compile, installClient } from './fixtures/package.ts';

const ROOT = join(import.meta.dirname, '../..');
const folder = t.testdir();
const installed = installClient(folder);

/** Programs of the README, each with the block of output that follows it. */
const programs = [
  ...readFileSync(join(ROOT, 'client/README.md'), 'utf8').matchAll(
    /^```js\n([\s\S]*?)^```$(?:(?!^```)[\s\S])*?^```text\n([\s\S]*?)^```$/gm,
  ),
].map(([, text = '', prints = '']) => ({ text, prints }));

t.test('it imports nothing but its own files, by addresses that a browser knows', (t) => {
  const files = readdirSync(join(installed, 'dist'));
  t.ok(files.includes('ortolan.js') && files.includes('ortolan.d.ts'));
  for (const file of files) {
    const text = readFileSync(join(installed, 'dist', file), 'utf8');
    for (const [, from] of text.matchAll(/\b(?:from|import\()\s*'([^']+)'/g)) {
      t.ok(/^\.\/[\w-]+\.(js|ts)$/.test(from!), `${file}: ${from}`);
      t.ok(files.includes(from!.slice(2).replace(/\.ts$/, '.d.ts')), `${file}: ${from}`);
    }
  }
  t.end();
});

t.test('it has the version of the server, and is not published by accident', (t) => {
  const facts = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as object;
  t.match(facts, { name: 'ortolan-client', version: VERSION, private: true });
  t.end();
});

const USER = `
import { Ortolan, OrtolanError, type InputTensor, type Tensor } from 'ortolan-client';

const client = new Ortolan('http://127.0.0.1:8000', { timeoutMs: 500 });
const x: InputTensor = { data: new Float32Array(4), shape: [1, 4] };
export async function use(signal: AbortSignal): Promise<void> {
  const { predictions } = await client.predict(new Uint8Array(1), { topK: 1, signal });
  predictions[0]!.probability.toFixed();
  const { results } = await client.predict(new FormData());
  results[0]!.predictions?.length.toFixed();
  const { outputs } = await client.predict({ inputs: { x: [[1]] } });
  outputs['y']!.length.toFixed();
  try {
    const tensor: Tensor = (await client.infer('net', { x })).outputs['y']!;
    if (tensor.datatype === 'INT64') tensor.data satisfies BigInt64Array;
    if (tensor.datatype === 'BYTES') tensor.data satisfies readonly string[];
  } catch (error) {
    if (error instanceof OrtolanError && error.retryable) error.code.trim();
  }
  // @ts-expect-error A path is no input.
  await client.predict('cat.jpg');
  // @ts-expect-error Numbers are sent in a typed array.
  await client.infer('net', { x: { data: [1, 2] } });
}
`;

t.test('its declarations suit a strict program, for browsers and for Node', (t) => {
  writeFileSync(join(folder, 'user.ts'), USER);
  const strict = ['--ignoreConfig', '--noEmit', '--strict', '--target', 'es2024', '--module', 'nodenext'];
  const roots = ['--typeRoots', join(ROOT, 'node_modules/@types')];
  for (const platform of [
    ['--lib', 'es2024,dom', '--types', ''],
    ['--lib', 'es2024', '--types', 'node', '--skipLibCheck'],
  ]) {
    t.equal(compile([...strict, ...platform, ...roots, 'user.ts'], folder), '', platform.join(' '));
  }
  t.end();
});

t.test('the programs of the README print what it says', async (t) => {
  const images = await startServer(t);
  const rows = await startServer(t, { models: modelRepository(t, { net: affine() }) });
  t.ok(programs.length >= 3);
  for (const [index, { text, prints }] of programs.entries()) {
    const file = join(folder, `program-${index}.mjs`);
    writeFileSync(file, text);
    const { port } = text.includes("'net'") ? rows : images;
    const env = { PATH: process.env['PATH'], ORTOLAN_URL: `http://127.0.0.1:${port}` };
    const [out, err] = await new Promise<readonly string[]>((resolve) => {
      execFile(process.execPath, [file], { cwd: ROOT, env }, (_, ...written) => resolve(written));
    });
    t.equal(out, prints, err!);
  }
});
