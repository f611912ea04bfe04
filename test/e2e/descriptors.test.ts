/** More clients than file descriptors. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { freePort } from '../../tools/process/free-port.ts';
import { get, scrape, until, Wire } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { affine } from '../support/tiny-models.ts';
import type { LogLine } from '../support/start-server.ts';

const SERVER = join(import.meta.dirname, '../../bin/ortolan');
const LIMIT = 128;

t.test(
  'connections beyond the descriptor limit are closed with one warning, the rest are served',
  async (t) => {
    const port = await freePort();
    const flags = [
      '--models',
      modelRepository(t, { affine: affine() }),
      '--port',
      String(port),
      '--workers',
      '1',
    ];
    const child = spawn('sh', ['-c', `ulimit -n ${LIMIT} && exec "$0" serve "$@"`, SERVER, ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    const log: LogLine[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => log.push(JSON.parse(line) as LogLine));
    await until(() => log.some(({ message }) => message === 'ready'));

    const wires = await Promise.all(Array.from({ length: LIMIT }, () => Wire.open(port)));
    await until(() => log.some(({ level }) => level === 'WARNING'));
    t.match(log.at(-1), { message: /^connection refused/, descriptor_limit: LIMIT });
    await Promise.all(wires.map((wire) => wire.send({ path: '/health/live' })));
    const answers = await Promise.all(wires.map((wire) => wire.response()));
    const served = answers.filter((answer) => answer?.status === 200).length;
    t.ok(served > LIMIT / 4, `${served} were served`);
    t.equal(answers.filter((answer) => answer?.headers.get('connection') === 'close').length, served);
    await Promise.all(wires.map(({ closed }) => closed));

    t.equal((await get(port, '/health/live')).status, 200);
    t.equal((await scrape(port))('ortolan_connections_refused_total'), LIMIT - served);
    t.equal(log.filter(({ level }) => level === 'WARNING').length, 1);
    child.kill('SIGTERM');
    t.strictSame(await ended, [0, null]);
  },
);
