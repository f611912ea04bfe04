/** A worker whose run never returns cannot be ended: liveness fails, so that the process is restarted. */
import t from 'tap';
import { FAULTY_WORKER, Gate, HELD } from '../support/faults.ts';
import { get, jsonOf, post, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const row = (value: number): Buffer => Buffer.from(new Float32Array(4).fill(value).buffer);

t.test('a wedged worker fails liveness and readiness, is logged once, and blocks no other', async (t) => {
  const { port, log } = await startServer(t, {
    models: modelRepository(t, { affine: affine() }),
    workerFile: FAULTY_WORKER,
    options: { workers: 2, prefetchUnderMs: 0, wedgedAfterMs: 50 },
  });
  const gate = new Gate();
  t.teardown(() => gate.close());
  t.equal((await get(port, '/health/live')).status, 200);

  const stuck = post(port, '/v1/predict', row(HELD));
  await gate.held();
  await until(async () => (await get(port, '/health/live')).status === 503);
  t.match(jsonOf(await get(port, '/health')), {
    status: 'unavailable',
    workers: { wedged: true, alive: 2 },
  });
  t.equal((await get(port, '/health/ready')).status, 503);
  t.equal((await post(port, '/v1/predict', row(1))).status, 200, 'the other worker goes on');
  t.equal(log.filter(({ level, worker }) => level === 'CRITICAL' && worker !== undefined).length, 1);

  gate.open();
  t.equal((await stuck).status, 200);
  t.equal((await get(port, '/health/live')).status, 200, 'it was only slow');
});
