/** R15: the wall clock jumps by an hour, to and fro, under load. */
import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/http-client.ts';
import { affine } from '../../support/tiny-models.ts';
import type { Demand } from '../demand.ts';
import { Clients, posted } from '../load/closed-clients.ts';
import { Pulse } from '../load/pulse.ts';
import { pause } from '../scene.ts';

const BODY = Buffer.from(new Float32Array(4).fill(1).buffer);
/** libfaketime's: from real time on. */
const JUMPS = ['+3600', '-3600', '+0', '+86400', '-86400', '+0'];
const [LIBRARY] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');

export const clockJumps: Demand = {
  id: 'R15',
  title: 'Clock jumps',
  demand:
    'The wall clock jumps by an hour and by a day, forwards and back, under load: no request fails, is late or waits, because deadlines, objectives and limiters take the monotonic clock',
  missing: () =>
    LIBRARY === undefined ? 'libfaketime is not on this machine (Debian: faketime)' : undefined,
  async run({ scene, pick, say }) {
    const file = join(scene.testdir(), 'offset');
    writeFileSync(file, '+0');
    const { port, log, child } = await scene.start({
      models: scene.models({ affine: affine() }),
      options: { workers: 2 },
      env: {
        LD_PRELOAD: LIBRARY,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        DONT_FAKE_MONOTONIC: '1',
      },
    });
    const headers = { 'x-request-timeout-ms': '5000' };
    const clients = Clients.start({
      port,
      clients: 4,
      requests: [posted(port, '/v1/predict', BODY, headers)],
    });
    const pulse = await Pulse.start(port);
    let unseen = 0;
    for (let round = 0; round < pick(1, 3, 20); round++) {
      for (const jump of JUMPS) {
        writeFileSync(file, jump);
        await pause(pick(500, 2000));
        // A line of the log tells what time the server takes it to be.
        const lines = log.length;
        child.kill('SIGHUP');
        await until(() => log.length > lines);
        const offMs = Date.parse(String(log.at(-1)!['timestamp'])) - Date.now() - 1000 * Number(jump);
        if (Math.abs(offMs) > 10_000) unseen++;
      }
    }
    const beats = await pulse.stop();
    await clients.stop();
    say(`${JSON.stringify(Object.fromEntries(clients.endings))}, ${JSON.stringify(beats)}`);
    return [
      { what: 'jumps', value: JUMPS.length * pick(1, 3, 20) },
      { what: 'jumps that the server did not see', value: unseen, atMost: 0 },
      { what: 'requests with a deadline of 5 s', value: clients.sent },
      { what: 'of them not answered 200', value: clients.bad, atMost: 0 },
      { what: 'answers of liveness other than 200', value: beats.bad, atMost: 0 },
      { what: 'longest request', value: clients.latencies.quantile(1), unit: 'ms', atMost: 5000 },
      {
        what: 'warnings and errors in the log',
        value: log.filter(({ level }) => level === 'WARNING' || level === 'ERROR' || level === 'CRITICAL')
          .length,
        atMost: 0,
      },
    ];
  },
};
