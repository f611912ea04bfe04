/** The programs of docs/clients.md do what it says, against servers with the models that it speaks of. */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Program {
  readonly name: string;
  readonly language: 'python' | 'js';
  readonly text: string;
  /** The next block of output on the page. */
  readonly prints: string;
}

const programs = programsOf(readFileSync(join(ROOT, 'docs/clients.md'), 'utf8'));
const repeating = programs.filter(({ text }) => text.includes('retry-after'));

function programsOf(page: string): Program[] {
  const blocks = [...page.matchAll(/^## (.+)$|^```(python|js|text)\n([\s\S]*?)^```$/gm)];
  let heading = '';
  return blocks.flatMap(([, title, language, text = ''], index): Program[] => {
    heading = title ?? heading;
    if (language !== 'python' && language !== 'js') return [];
    const [, , , prints = ''] = blocks.slice(index).find(([, , kind]) => kind === 'text') ?? [];
    return [{ name: `${heading}, in ${language}`, language, text, prints }];
  });
}

const python = (...args: string[]): boolean => spawnSync('python3', args).status === 0;

/** Why it cannot be run here, if so. */
function missing({ language, text }: Program): string | false {
  if (language === 'js') return false;
  if (!python('--version')) return 'there is no python3';
  return text.includes('numpy') && !python('-c', 'import numpy') ? 'numpy is not installed' : false;
}

interface Ended {
  readonly failed: boolean;
  readonly out: string;
  readonly err: string;
}

function run(t: Test, { language, text }: Program, port: number): Promise<Ended> {
  const file = join(t.testdir(), language === 'js' ? 'program.mjs' : 'program.py');
  writeFileSync(file, text);
  const env = { PATH: process.env['PATH'], ORTOLAN_URL: `http://127.0.0.1:${port}` };
  return new Promise((resolve) => {
    execFile(
      language === 'js' ? process.execPath : 'python3',
      [file],
      { cwd: ROOT, env },
      (error, out, err) => resolve({ failed: error !== null, out, err }),
    );
  });
}

/** Answers each request with the next of these, and counts them. */
async function answering(
  t: Test,
  answers: readonly [number, object | string][],
): Promise<{ port: number; asked: () => number }> {
  let asked = 0;
  const server: Server = createServer((request, response) => {
    const [status, body] = answers[asked++]!;
    request.resume().on('end', () => {
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  return { port: (server.address() as AddressInfo).port, asked: () => asked };
}

/** Without the blanks that each language puts between numbers in its own way. */
const packed = (text: string): string => text.replaceAll(/[^\S\n]+/g, '');

t.test('its programs print what it says', async (t) => {
  const images = await startServer(t);
  const rows = await startServer(t, { models: modelRepository(t, { net: affine() }) });
  t.ok(programs.length >= 9);
  for (const program of programs) {
    await t.test(program.name, { skip: missing(program) }, async (t) => {
      const { port } = program.text.includes('/models/net/') ? rows : images;
      const { out, err } = await run(t, program, port);
      t.equal(packed(out), packed(program.prints), err);
    });
  }
});

const refusal = { error: 'Later.', code: 'OVERLOADED', retryable: true, request_id: 'r' };
const fault = { error: 'No image.', code: 'NOT_AN_IMAGE', retryable: false, request_id: 'r' };
const cat = { predictions: [{ label: 'tiger cat' }] };

t.equal(repeating.length, 2);
for (const program of repeating) {
  const skip = missing(program);
  t.test(`${program.name}: is sent again after a refusal, and after a proxy's`, { skip }, async (t) => {
    const server = await answering(t, [
      [503, refusal],
      [502, '<html>Bad gateway</html>'],
      [200, cat],
    ]);
    t.match(await run(t, program, server.port), { failed: false, out: 'tiger cat\n' });
    t.equal(server.asked(), 3);
  });

  t.test(`${program.name}: is not sent again when that is of no use`, { skip }, async (t) => {
    const server = await answering(t, [[400, fault]]);
    t.match(await run(t, program, server.port), { failed: true, err: /NOT_AN_IMAGE/ });
    t.equal(server.asked(), 1);
  });
}
