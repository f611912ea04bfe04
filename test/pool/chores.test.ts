/** What workers do beside batches: how it shares the worker with them. */
import t from 'tap';
import { settled } from '../support/fake-clock.ts';
import { modelFile } from '../support/model-repository.ts';
import { affineRows, loadTask, startPool, type TestPool } from '../support/test-pool.ts';
import { affine } from '../support/tiny-models.ts';

/** Warms up a batch, which takes `ms` on the clock. Returns whether it has returned. */
async function warmed({ pool, clock }: TestPool, ms: number): Promise<() => boolean> {
  const [worker] = pool.workers;
  let returned = false;
  void worker!.warm(0, 1, 'narrow', ms).then(() => (returned = true));
  clock.advance(ms);
  while (worker!.holding > 0) await settled();
  await settled();
  return () => returned;
}

t.test('after a step of a load, a worker that serves has three times as long for its batches', async (t) => {
  const made = await startPool(t);
  const { pool, clock } = made;
  const task = loadTask(modelFile(t, affine()), affine());
  await pool.load(task);
  await pool.workers[0]!.run(0, 'narrow', affineRows(1), 1).outcome;
  const returned = await warmed(made, 20);
  await clock.pass(59);
  t.notOk(returned(), 'after 59 ms');
  await clock.pass(1);
  t.ok(returned(), 'after 60 ms');
  t.ok((await warmed(made, 2))(), 'a short step needs no pause');
  await clock.pass(2000);
  t.ok((await warmed(made, 20))(), 'nor does a worker that has no batches');
});

t.test('memory is given back once after several versions are unloaded', async (t) => {
  const { pool, clock } = await startPool(t);
  let trims = 0;
  pool.workers[0]!.trim = async () => void trims++;
  await pool.unload(1);
  await clock.pass(900);
  await pool.unload(2);
  await clock.pass(900);
  t.equal(trims, 0);
  await clock.pass(100);
  t.equal(trims, 1);
  for (let unload = 0; unload < 4; unload++) {
    await pool.unload(unload);
    await clock.pass(800);
  }
  t.equal(trims, 2, 'at the latest after three seconds');
});
