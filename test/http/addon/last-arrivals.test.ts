/** A socket that stops listening: whoever was connected by then is answered. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { refuseArrivals } from '../../../src/http/addon/last-arrivals.ts';
import { get } from '../../support/http-client.ts';
import type { Callers } from '../fixtures/callers.ts';
import { listen } from '../fixtures/app.ts';

const COUNT = 40;

t.test('what waits in the queue of a socket that stops listening is answered, not reset', async (t) => {
  const { app, port } = listen(t);
  const connected = new Int32Array(new SharedArrayBuffer(4));
  const callers: Callers = { port, count: COUNT, connected };
  const worker = new Worker(new URL('../fixtures/callers.ts', import.meta.url), { workerData: callers });
  const answered = once(worker, 'message');
  // The event loop stands still until all of them are connected: nobody has been accepted.
  Atomics.wait(connected, 0, 0);
  t.equal(app.connections, 0);
  await app.stopListening();
  t.strictSame(await answered, [COUNT]);
  await t.rejects(get(port, '/health/live'), { code: 'ECONNREFUSED' });
});

t.test('a port that nobody here listens on is left alone', async (t) => {
  t.equal(await refuseArrivals(1), false);
});
