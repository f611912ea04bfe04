/** Death of a worker thread: only its running batch fails. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import type { Test } from 'tap';
import { externalModel, weightsOf } from '../support/external-model.ts';
import { DIES, FAULTY_WORKER, HELD, THROWS, type Gate } from '../support/faults.ts';
import { modelFile } from '../support/model-repository.ts';
import { affineAnswer, affineRows, loadTask, startPool, type TestPool } from '../support/test-pool.ts';
import { affine } from '../support/tiny-models.ts';

/** More than the first back-off of the supervisor. */
const BACKOFF_MS = 100;

async function setup(t: Test, workers = 1): Promise<TestPool> {
  const made = await startPool(t, { workers, file: FAULTY_WORKER });
  await made.pool.load(loadTask(modelFile(t, affine()), affine()));
  return made;
}

for (const [how, fault] of [
  ['exits', DIES],
  ['throws outside its task', THROWS],
] as const) {
  t.test(`a worker that ${how} fails the batch that it runs, and comes back with its models`, async (t) => {
    const { pool, clock, events, untilEvents } = await setup(t);
    const [worker] = pool.workers;
    t.match(await worker!.run(0, 'narrow', affineRows(fault), 1).outcome, { kind: 'died', started: true });
    t.equal(worker!.state, 'dead');
    t.equal(worker!.holding, 0);
    clock.advance(BACKOFF_MS);
    await untilEvents(2);
    t.same(events, [
      ['died', 0, 1],
      ['restarted', 0],
    ]);
    t.equal(worker!.state, 'ready');
    const both = [1, 2].map((value) => worker!.run(0, 'narrow', affineRows(value), 1).outcome);
    t.same(
      (await Promise.all(both)).map((outcome) => affineAnswer(outcome)),
      [[3], [5]],
      'in both slots',
    );
  });
}

t.test('the prefetched batch of a worker that died is reported as not started', async (t) => {
  const { pool, gate } = await setup(t);
  const running = pool.workers[0]!.run(0, 'narrow', affineRows(HELD), 1);
  await gate.held();
  const ready = pool.workers[0]!.run(0, 'narrow', affineRows(1), 1);
  gate.kill();
  t.same(await running.outcome, { kind: 'died', started: true });
  t.same(await ready.outcome, { kind: 'died', started: false });
});

t.test('a batch that was taken back from a worker that then died is reported as not started', async (t) => {
  const { pool, gate } = await setup(t);
  const running = pool.workers[0]!.run(0, 'narrow', affineRows(HELD), 1);
  await gate.held();
  const ready = pool.workers[0]!.run(0, 'narrow', affineRows(1), 1);
  ready.takeBack();
  gate.kill();
  await running.outcome;
  t.same(await ready.outcome, { kind: 'died', started: false });
});

t.test('the other workers go on', async (t) => {
  const { pool, gate } = await setup(t, 2);
  const [dies, lives] = pool.workers;
  const running = dies!.run(0, 'narrow', affineRows(HELD), 1);
  await gate.held();
  const beside = lives!.run(0, 'narrow', affineRows(2), 1);
  gate.kill();
  t.match(await running.outcome, { kind: 'died' });
  t.same(affineAnswer(await beside.outcome), [5]);
  t.equal(lives!.state, 'ready');
  t.equal(dies!.state, 'dead');
});

t.test('a worker’s state is dead before its batches are settled', async (t) => {
  const { pool } = await setup(t);
  const [worker] = pool.workers;
  const state = await worker!.run(0, 'narrow', affineRows(DIES), 1).outcome.then(() => worker!.state);
  t.equal(state, 'dead', 'or the scheduler would send it the next batch');
});

for (const [how, end] of [
  ['exits', (gate) => gate.killIdle()],
  ['throws', (gate) => gate.breakIdle()],
] as const satisfies (readonly [string, (gate: Gate) => void])[]) {
  t.test(`a worker that ${how} with nothing to do comes back too`, async (t) => {
    const { pool, gate, clock, events, untilEvents } = await setup(t);
    end(gate);
    await untilEvents(1);
    t.equal(pool.workers[0]!.state, 'dead');
    clock.advance(BACKOFF_MS);
    await untilEvents(2);
    t.same(events.at(-1), ['restarted', 0]);
    t.same(affineAnswer(await pool.workers[0]!.run(0, 'narrow', affineRows(1), 1).outcome), [3]);
  });
}

t.test('a worker that dies while restarting is counted again, and restarts later', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ortolan-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const worker = `
    import { existsSync } from 'node:fs';
    if (existsSync(new URL('broken', import.meta.url))) throw new Error('not now');
    export default (await import('${FAULTY_WORKER.href}')).default;`;
  writeFileSync(join(folder, 'worker.mjs'), worker);
  const { pool, gate, clock, events, untilEvents } = await startPool(t, {
    file: pathToFileURL(join(folder, 'worker.mjs')),
  });
  await pool.load(loadTask(modelFile(t, affine()), affine()));
  writeFileSync(join(folder, 'broken'), '');
  gate.killIdle();
  await untilEvents(1);
  clock.advance(BACKOFF_MS);
  await untilEvents(3);
  t.match(events.slice(1), [
    ['died', 0, 2],
    ['failed', 0, { message: 'not now' }],
  ]);
  rmSync(join(folder, 'broken'));
  clock.advance(2 * BACKOFF_MS);
  await untilEvents(4);
  t.same(events.at(-1), ['restarted', 0]);
  t.same(affineAnswer(await pool.workers[0]!.run(0, 'narrow', affineRows(1), 1).outcome), [3]);
});

t.test('a model whose worker died while loading it is not loaded, and not loaded again', async (t) => {
  const { pool, gate, clock, events, untilEvents } = await setup(t);
  gate.killIdle();
  const loading = pool.load(loadTask(modelFile(t, affine()), affine(), 5));
  await t.rejects(loading, { code: 'MODEL_UNAVAILABLE' });
  clock.advance(BACKOFF_MS);
  await untilEvents(2);
  t.same(events.at(-1), ['restarted', 0]);
  t.match(await pool.workers[0]!.run(5, 'narrow', affineRows(1), 1).outcome, {
    detail: 'instance 5 is not loaded',
  });
});

t.test('a dead worker is expected back after its back-off and what its last start took', async (t) => {
  const { pool, clock, gate, untilEvents } = await setup(t);
  const [worker] = pool.workers;
  t.equal(worker!.remainingMs(clock.now()), 0);
  gate.killIdle();
  await untilEvents(1);
  t.equal(worker!.remainingMs(clock.now()), BACKOFF_MS, 'the clock stood still while it started');
  t.equal(worker!.remainingMs(clock.now() + BACKOFF_MS + 30), 30, 'one that is late takes as long again');
});

t.test('a worker that comes back does not open files that have changed since', async (t) => {
  const { pool, clock, gate, lost, untilEvents } = await startPool(t, { file: FAULTY_WORKER });
  const file = modelFile(t, affine());
  await pool.load(loadTask(file, affine(), 7));
  writeFileSync(file, affine(undefined, 9).file);
  gate.killIdle();
  await untilEvents(1);
  clock.advance(BACKOFF_MS);
  await untilEvents(2);
  t.match(lost, [[7, { message: /model\.onnx has changed since it was loaded/ }]]);
  t.match(await pool.workers[0]!.run(7, 'narrow', affineRows(1), 1).outcome, { kind: 'failure' });
});

t.test('a worker that comes back opens files that were written again with the same content', async (t) => {
  const { pool, clock, gate, lost, untilEvents } = await startPool(t, { file: FAULTY_WORKER });
  const file = modelFile(t, affine());
  await pool.load(loadTask(file, affine(), 7));
  rmSync(file);
  writeFileSync(file, affine().file);
  gate.killIdle();
  await untilEvents(1);
  clock.advance(BACKOFF_MS);
  await untilEvents(2);
  t.same(lost, []);
  t.same(affineAnswer(await pool.workers[0]!.run(7, 'narrow', affineRows(1), 1).outcome), [3]);
});

t.test('a worker that comes back opens the compiled form that the others serve', async (t) => {
  const { pool, clock, gate, lost, untilEvents } = await startPool(t, { file: FAULTY_WORKER });
  const file = modelFile(t, { file: externalModel() });
  writeFileSync(`${file}.data`, weightsOf(2));
  const compiledFolder = join(dirname(file), 'compiled');
  await pool.load({ ...loadTask(file, { config: {} }, 7), compiledFolder });
  writeFileSync(`${file}.data`, weightsOf(3));
  gate.killIdle();
  await untilEvents(1);
  clock.advance(BACKOFF_MS);
  await untilEvents(2);
  t.same(lost, []);
  t.same(affineAnswer(await pool.workers[0]!.run(7, 'narrow', affineRows(5), 1).outcome), [10]);
});

t.test(
  'a version that another worker could not load while it was put beside others is refused',
  async (t) => {
    const { pool } = await startPool(t);
    const task = loadTask(modelFile(t, affine()), affine(), 7);
    // As after a restart in which it could not be loaded.
    const attaches = (): void => void pool.unload(7);
    await t.rejects(pool.loadBeside(task, { examine: async () => undefined, attaches }), {
      code: 'MODEL_UNAVAILABLE',
      message: /restarted meanwhile/,
    });
  },
);

t.test('a version whose only worker dies while loading it is there when the worker is back', async (t) => {
  const { pool, clock, gate, untilEvents } = await setup(t);
  const loading = pool.loadBeside(loadTask(modelFile(t, affine()), affine(), 7));
  gate.killIdle();
  await untilEvents(1);
  t.match((await loading).report, { ok: true, inputs: [{ name: 'x' }] });
  clock.advance(BACKOFF_MS);
  await untilEvents(2);
  for (const instance of [0, 7]) {
    t.same(affineAnswer(await pool.workers[0]!.run(instance, 'narrow', affineRows(1), 1).outcome), [3]);
  }
});
