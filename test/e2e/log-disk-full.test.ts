/** A log that cannot be written only loses lines. On Linux, every write to /dev/full fails with ENOSPC. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { freePort } from '../../tools/process/free-port.ts';
import { get, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { affine } from '../support/tiny-models.ts';

const FULL = '/dev/full';
const ROOT = join(import.meta.dirname, '../..');

t.test('a full log disk does not end the server', { skip: !existsSync(FULL) }, async (t) => {
  const port = await freePort();
  const models = modelRepository(t, { affine: affine() });
  const flags = ['--models', models, '--port', String(port), '--workers', '1', '--log-level', 'DEBUG'];
  const child = spawn(join(ROOT, 'bin/ortolan'), ['serve', ...flags], {
    stdio: ['ignore', openSync(FULL, 'w'), 'inherit'],
  });
  const ended = once(child, 'exit');
  t.teardown(() => child.kill('SIGKILL'));
  await until(async () => child.exitCode !== null || (await isReady(port)));
  for (let requests = 0; requests < 50; requests++) await get(port, '/nope');
  t.ok(await isReady(port));
  child.kill('SIGTERM');
  child.kill('SIGTERM');
  t.strictSame(await ended, [0, null]);
});

const isReady = (port: number): Promise<boolean> =>
  get(port, '/health/ready').then(
    ({ status }) => status === 200,
    () => false,
  );
