/** Worker threads that die: only what they were running fails, and they are replaced. */
import t from 'tap';
import { DIES, HELD, THROWS } from '../support/faults.ts';
import { row, startFaulty } from '../support/faulty-server.ts';
import { faultOf, get, jsonOf, post, scrape, until, type WireResponse } from '../support/http-client.ts';

const predict = (port: number, value: number): Promise<WireResponse> => post(port, '/v1/predict', row(value));
const valueOf = (response: WireResponse): unknown =>
  jsonOf<{ outputs?: { y: number[][] } }>(response).outputs?.y[0]?.[0];

const healthy = async (port: number): Promise<boolean> => (await get(port, '/health')).status === 200;
const restarts = async (port: number): Promise<number> =>
  (await scrape(port))('ortolan_worker_restarts_total');

for (const [how, fault] of [
  ['exits', DIES],
  ['throws outside its task', THROWS],
] as const) {
  t.test(`a worker that ${how} fails the batch that it runs, and comes back`, async (t) => {
    const { port, log } = await startFaulty(t);
    const failed = await predict(port, fault);
    t.strictSame(faultOf(failed), [503, 'WORKER_DIED']);
    t.match(jsonOf(failed), { retryable: true });
    t.match(failed.headers.get('retry-after'), /^\d+$/);
    t.equal(failed.headers.get('connection'), undefined);

    await until(async () => (await restarts(port)) === 1);
    t.equal(valueOf(await predict(port, 1)), 3);
    t.equal((await scrape(port))('ortolan_worker_deaths_total'), 1);
    t.match(
      log.filter(({ message }) => String(message).startsWith('worker')),
      [
        { level: 'ERROR', message: 'worker died', worker: 0, restart_in_ms: 100 },
        { level: 'INFO', message: 'worker restarted', worker: 0 },
      ],
    );
  });
}

t.test(
  'while the only worker restarts, health reports it; requests wait and are answered afterwards',
  async (t) => {
    const { port } = await startFaulty(t);
    await predict(port, DIES);
    const waiting = [1, 2, 3].map((value) => predict(port, value));
    const health = await get(port, '/health');
    t.equal(health.status, 503);
    t.match(jsonOf(health), { status: 'unavailable', workers: { alive: 0, of: 1, healthy: true } });
    t.equal((await get(port, '/health/ready')).status, 503);
    t.equal((await get(port, '/health/live')).status, 200, 'a restart would not help');
    t.strictSame((await Promise.all(waiting)).map(valueOf), [3, 5, 7]);
    t.ok(await healthy(port));
  },
);

t.test('all requests of the same batch fail, those queued behind it do not', async (t) => {
  const { port, gate } = await startFaulty(t);
  const first = predict(port, HELD);
  await gate.held();
  const together = [1, DIES, 2].map((value) => predict(port, value));
  await until(async () => (await scrape(port))('ortolan_queue_rows') === 3);
  gate.open();
  t.equal((await first).status, 200);
  for (const response of await Promise.all(together)) t.strictSame(faultOf(response), [503, 'WORKER_DIED']);
  t.equal(valueOf(await predict(port, 4)), 9);
});

t.test('a prefetched batch that had not begun is run by the next worker', async (t) => {
  const { port, gate } = await startFaulty(t, { prefetchUnderMs: 10_000 });
  const running = predict(port, HELD);
  await gate.held();
  const ahead = predict(port, 1);
  await until(async () => (await scrape(port))('ortolan_batches_total', { reason: 'prefetch' }) === 1);
  gate.kill();
  t.strictSame(faultOf(await running), [503, 'WORKER_DIED']);
  t.equal(valueOf(await ahead), 3);
});

t.test('with a second worker no other request is affected', async (t) => {
  const { port } = await startFaulty(t, { workers: 2 });
  const [failed] = await Promise.all([predict(port, DIES), ...[1, 2].map((value) => predict(port, value))]);
  t.strictSame(faultOf(failed), [503, 'WORKER_DIED']);
  t.ok(await healthy(port), 'one worker is left');
  t.match(jsonOf(await get(port, '/health')), { workers: { alive: 1, of: 2 } });
  t.equal(valueOf(await predict(port, 3)), 7);
});

t.test('workers that die idle are replaced and cost no request', async (t) => {
  const { port, gate } = await startFaulty(t, { workers: 2 });
  gate.killIdle();
  await until(async () => (await restarts(port)) === 2);
  t.equal(valueOf(await predict(port, 1)), 3);
  t.equal((await scrape(port))('ortolan_errors_total'), 0);
});

t.test(
  'repeated deaths make the server not ready, with longer pauses each time; it keeps responding',
  async (t) => {
    const { port, log } = await startFaulty(t);
    for (const times of [1, 2, 3]) {
      t.strictSame(faultOf(await predict(port, DIES)), [503, 'WORKER_DIED']);
      await until(async () => (await restarts(port)) === times);
    }
    const health = await get(port, '/health');
    t.equal(health.status, 503);
    t.match(jsonOf(health), { status: 'unavailable', workers: { alive: 1, of: 1, healthy: false } });
    t.equal((await get(port, '/health/ready')).status, 503);
    t.equal((await get(port, '/health/live')).status, 200);
    t.equal(valueOf(await predict(port, 1)), 3);
    t.strictSame(
      log.filter(({ message }) => message === 'worker died').map((line) => line['restart_in_ms']),
      [100, 200, 400],
    );
  },
);

t.test('under load only requests of the running batch fail, and none with an internal error', async (t) => {
  const { port } = await startFaulty(t, { workers: 2, prefetchUnderMs: 50 });
  const values = Array.from({ length: 60 }, (_, i) => (i === 20 ? DIES : i + 1));
  const responses = await Promise.all(values.map((value) => predict(port, value)));
  for (const [i, response] of responses.entries()) {
    if (response.status === 200) t.equal(valueOf(response), 2 * values[i]! + 1);
    else t.strictSame(faultOf(response), [503, 'WORKER_DIED']);
  }
  t.ok(responses.filter(({ status }) => status === 503).length <= 8, 'one batch at most');
});
