/** Several models in one process: what one may use of the workers. */
import t from 'tap';
import { get, jsonOf, postJson, until } from '../support/http-client.ts';
import { FAULTY_WORKER, Gate, HELD } from '../support/faults.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

t.test('a model with one core never has a second worker, and others find it free', async (t) => {
  const gate = new Gate();
  t.teardown(() => gate.close());
  const model = affine();
  const limited = { ...model, config: { ...model.config, maxBatchSize: 1, cores: 1 } };
  const models = modelRepository(t, { limited, other: model });
  const options = { defaultModel: 'limited', workers: 2, wideThreads: 1, maxTimeoutMs: 60_000 };
  const { port } = await startServer(t, { models, options, workerFile: FAULTY_WORKER });
  const ask = (name: string, value: number) =>
    postJson(port, `/v1/models/${name}/predict`, { inputs: { x: [[value, 0, 0, 0]] } });
  await until(async () => (await get(port, '/v2/models/other/ready')).status === 200);
  const first = ask('limited', HELD);
  await gate.held();
  const second = ask('limited', 1);
  t.equal((await ask('other', 3)).status, 200);
  const { batches } = jsonOf<{ batches: { model: { name: string } }[] }>(await get(port, '/debug/batches'));
  t.strictSame(
    batches.map(({ model: { name } }) => name),
    ['other', 'limited'],
    'the second request waits for the first',
  );
  gate.open();
  t.strictSame([(await first).status, (await second).status], [200, 200]);
});
