/** When the reader of stdout stops reading, only log lines are lost. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import t, { type Test } from 'tap';
import { freePort } from '../../tools/process/free-port.ts';
import { get, post, scrape, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { affine } from '../support/tiny-models.ts';
import type { LogLine } from '../support/start-server.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Makes the log line of a refusal as long as possible. */
const LONG_NAME = 'x'.repeat(300);
/** Their log lines exceed the limit of the line buffer. */
const REQUESTS = 4000;

interface Stalled {
  readonly child: ChildProcess;
  readonly stdout: Readable;
  readonly port: number;
  readonly ended: Promise<unknown[]>;
}

/** A server that is ready, with a stdout that is not read. */
async function start(t: Test): Promise<Stalled> {
  const port = await freePort();
  const models = modelRepository(t, { affine: affine() });
  const flags = ['--models', models, '--port', String(port), '--workers', '1'];
  const child = spawn(join(ROOT, 'bin/ortolan'), ['serve', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  t.teardown(() => child.kill('SIGKILL'));
  await until(() => statusOf(port, '/health/ready').then((status) => status === 200));
  return { child, stdout: child.stdout, port, ended };
}

const statusOf = (port: number, path: string): Promise<number | undefined> =>
  get(port, path).then(
    ({ status }) => status,
    () => undefined,
  );

/** Sends requests; each is answered and writes a log line. */
async function fill(t: Test, port: number): Promise<void> {
  let answered = 0;
  for (let requests = 0; requests < REQUESTS; requests++) {
    const { status } = await post(port, `/v1/models/${LONG_NAME}/predict`, '');
    answered += Number(status === 404);
  }
  t.equal(answered, REQUESTS);
}

t.test('every request is answered, health checks included, and SIGTERM ends the server with 0', async (t) => {
  const { child, port, ended } = await start(t);
  await fill(t, port);
  t.equal(await statusOf(port, '/health/live'), 200);
  t.ok((await scrape(port))('ortolan_log_lines_dropped_total') > 0);
  child.kill('SIGTERM');
  t.strictSame(await ended, [0, null]);
});

t.test('when stdout is read again, lines are complete, and one reports how many were dropped', async (t) => {
  const { child, stdout, port, ended } = await start(t);
  await fill(t, port);
  let text = '';
  stdout.setEncoding('utf8').on('data', (more: string) => (text += more));
  await until(() => text.includes('dropped_lines'));
  child.kill('SIGTERM');
  await ended;
  const lines = text.trimEnd().split('\n');
  const log = lines.map((line) => JSON.parse(line) as LogLine);
  const missing = log.filter(({ dropped_lines }) => dropped_lines !== undefined);
  t.match(missing[0], { level: 'WARNING', message: /^log lines were dropped/ });
  const lost = missing.reduce((sum, line) => sum + Number(line['dropped_lines']), 0);
  const seen = log.filter(({ reason }) => String(reason).includes('There is no model xxx')).length;
  t.equal(seen + lost, REQUESTS);
  t.equal(log.at(-1)?.['message'], 'stopped');
});
