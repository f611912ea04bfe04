/** A load that never returns cannot be ended: liveness fails, so that the process is restarted. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { neverLoads } from '../support/endless-model.ts';
import { get, jsonOf, post, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startProcess } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

// Processes: a thread in a load that never returns cannot be ended, and would keep this one.
const options = { loadWedgedAfterMs: 1000, drainDeadlineMs: 100 };
const row = Buffer.from(new Float32Array(4).fill(1).buffer);

t.test(
  'a load beside others that never ends fails liveness, is logged once, and holds no request up',
  async (t) => {
    const models = modelRepository(t, { affine: affine() });
    const running = startProcess(t, { models, options: { ...options, modelControl: 'explicit' } });
    await running.line('ready');
    const port = Number(new URL(String((await running.line('listening'))['url'])).port);
    mkdirSync(join(models, 'endless', '1'), { recursive: true });
    writeFileSync(join(models, 'endless', '1', 'model.onnx'), neverLoads().file);
    const load = post(port, '/v2/repository/models/endless/load', '').catch(() => undefined);
    await until(async () => (await get(port, '/health/live')).status === 503);
    t.match(jsonOf(await get(port, '/health')), { status: 'unavailable', workers: { wedged: true } });
    t.equal((await get(port, '/health/ready')).status, 503);
    t.equal((await post(port, '/v1/predict', row)).status, 200, 'others go on');
    t.match(
      running.log.filter(({ level }) => level === 'CRITICAL'),
      [{ message: 'a load does not end: liveness fails from now on', loads: /endless\/1\/model\.onnx$/ }],
    );
    running.child.kill('SIGTERM');
    t.strictSame(await running.ended, { code: null, signal: 'SIGTERM' }, 'as a supervisor would end it');
    await load;
  },
);

t.test('so does that of the default model at a start', async (t) => {
  const running = startProcess(t, { models: modelRepository(t, { endless: neverLoads() }), options });
  const port = Number(new URL(String((await running.line('listening'))['url'])).port);
  await until(async () => (await get(port, '/health/live')).status === 503);
  t.equal((await get(port, '/health/ready')).status, 503);
  t.equal(running.log.filter(({ level }) => level === 'CRITICAL').length, 1);
});
