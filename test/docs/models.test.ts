/** The commands of docs/models.md do what it says, in the order of the page, against a server with the model that it speaks of. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/models.md'), 'utf8');

/** The lines of the shell blocks under a heading. */
function commandsUnder(heading: string): string[] {
  const [, section = ''] = page.split(`## ${heading}\n`);
  const [own = ''] = section.split(/^## /m);
  return [...own.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.trim().split('\n'));
}

interface Ended {
  readonly status: number | null;
  readonly out: string;
}

function shell(command: string, cwd: string): Promise<Ended> {
  const env = { ...process.env, PATH: `${join(ROOT, 'bin')}:${process.env['PATH']}`, ORTOLAN_CACHE_DIR: cwd };
  const child = spawn('sh', ['-c', command], { cwd, env });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, out })));
}

/** A .npy file with one row of four floats. */
function npy(): Buffer {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4), }\n";
  const length = Buffer.from([header.length, 0]);
  const start = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header)]);
  return Buffer.concat([start, Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)]);
}

t.test('a model is dropped in, verified, and asked in every form', async (t) => {
  const folder = t.testdir();
  writeFileSync(join(folder, 'net.onnx'), affine().file);
  writeFileSync(join(folder, 'rows.npy'), npy());
  const [make, copy, verify, serve, ...curls] = commandsUnder('Drop a model in');
  for (const command of [make!, copy!, verify!])
    t.match(await shell(command, folder), { status: 0 }, command);
  t.equal(serve, 'ortolan serve --models models');
  const { port } = await startServer(t, { models: join(folder, 'models') });
  const answers = [];
  for (const command of curls) {
    const ended = await shell(
      command.replace('127.0.0.1:8000', `127.0.0.1:${port}`).replace('-f ', '-sf '),
      folder,
    );
    t.equal(ended.status, 0, `${command}: ${ended.out}`);
    answers.push(ended.out);
  }
  t.match(JSON.parse(answers[1]!), { outputs: { y: [[3, 5, 7, 9]] } });
  t.same(
    [...new Float32Array(new Uint8Array(readFileSync(join(folder, 'answer.bin'))).buffer)],
    [3, 5, 7, 9],
  );
  t.match(JSON.parse(answers[3]!), { outputs: [{ name: 'y', shape: [1, 4], data: [3, 5, 7, 9] }] });
});

t.test(
  'a new version is put beside the old one, loaded and unloaded by the commands of the page',
  async (t) => {
    const folder = t.testdir({ models: { net: { 1: { 'model.onnx': affine().file }, 'model.json': '{}' } } });
    writeFileSync(join(folder, 'better.onnx'), affine(undefined, 2).file);
    const [serve, ...commands] = commandsUnder('Changing models while serving');
    t.equal(serve, 'ortolan serve --models models --model-control explicit');
    const options = { modelControl: 'explicit' } as const;
    const { port } = await startServer(t, { models: join(folder, 'models'), options });
    const outs = [];
    for (const command of commands) {
      const { status, out } = await shell(
        command.replace('127.0.0.1:8000', `127.0.0.1:${port}`).replace('-f ', '-sf '),
        folder,
      );
      t.equal(status, 0, `${command}: ${out}`);
      outs.push(out);
    }
    t.same(JSON.parse(outs[2]!), { name: 'net', load: true });
    t.match(JSON.parse(outs[3]!), [
      { name: 'net', version: '1', state: 'READY' },
      { name: 'net', version: '2', state: 'READY' },
    ]);
    t.same(JSON.parse(outs[4]!), { name: 'net', unload: true });
  },
);

t.test('a split is set, looked at, promoted and rolled back by the commands of the page', async (t) => {
  const { port } = await startServer(t, { options: { trafficRoutes: 'loopback' } });
  const folder = t.testdir();
  const commands = commandsUnder('Sending traffic where you choose').filter((line) =>
    /^(curl|ortolan)/.test(line),
  );
  t.ok(commands.length >= 8);
  for (const command of commands) {
    const here = command.startsWith('curl')
      ? command.replace('127.0.0.1:8000', `127.0.0.1:${port}`).replace('curl', 'curl -sf')
      : command.replace('ortolan models traffic', `ortolan models traffic --url http://127.0.0.1:${port}`);
    const { status, out } = await shell(here, folder);
    t.equal(status, 0, `${command}: ${out}`);
  }
});
