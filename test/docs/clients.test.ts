/** The programs of docs/clients.md do what it says, against servers with the models that it speaks of. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { modelRepository } from '../support/model-repository.ts';
import { packed, programsOf, runProgram, type Program } from '../support/page-programs.ts';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Those of other clients are run by `make check-clients`. */
const programs = programsOf(readFileSync(join(ROOT, 'docs/clients.md'), 'utf8')).filter(
  ({ text }) => !text.includes('tritonclient'),
);
const repeating = programs.filter(({ text }) => text.includes('retry-after'));

const python = (...args: string[]): boolean => spawnSync('python3', args).status === 0;

/** Why it cannot be run here, if so. */
function missing({ language, text }: Program): string | false {
  if (language === 'js') return false;
  if (!python('--version')) return 'there is no python3';
  return text.includes('numpy') && !python('-c', 'import numpy') ? 'numpy is not installed' : false;
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

t.test('its programs print what it says', async (t) => {
  const images = await startServer(t);
  const rows = await startServer(t, { models: modelRepository(t, { net: affine() }) });
  t.ok(programs.length >= 9);
  for (const program of programs) {
    await t.test(program.name, { skip: missing(program) }, async (t) => {
      const { port } = program.text.includes('/models/net/') ? rows : images;
      const { out, err } = await runProgram(t, program, port);
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
    t.match(await runProgram(t, program, server.port), { failed: false, out: 'tiger cat\n' });
    t.equal(server.asked(), 3);
  });

  t.test(`${program.name}: is not sent again when that is of no use`, { skip }, async (t) => {
    const server = await answering(t, [[400, fault]]);
    t.match(await runProgram(t, program, server.port), { failed: true, err: /NOT_AN_IMAGE/ });
    t.equal(server.asked(), 1);
  });
}
