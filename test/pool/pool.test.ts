import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { readImageHeader, type ImageHeader } from '../../src/image/header.ts';
import { WORKER_FILE } from '../../src/pool/pool.ts';
import type { Payload } from '../../src/thread/payload.ts';
import { SLOT_BYTES } from '../../src/pool/slab.ts';
import type { BatchOutcome } from '../../src/pool/held.ts';
import { PoolWorker } from '../../src/pool/worker.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FAULTY_WORKER, HELD } from '../support/faults.ts';
import { modelFile, modelRepository } from '../support/model-repository.ts';
import { affineAnswer, affineRows, loadTask, startPool } from '../support/test-pool.ts';
import { add, affine, brightness, fixed, twoOutputs } from '../support/tiny-models.ts';

const PHOTOS = join(import.meta.dirname, '../fixtures/photos');
const EFFICIENTNET = join(import.meta.dirname, '../../models/efficientnet-lite0/1/model.onnx');

t.test('a batch of rows comes back with an output for each entry', async (t) => {
  const { pool } = await startPool(t);
  await pool.load(loadTask(modelFile(t, affine()), affine()));
  const payloads = [...affineRows(1), ...affineRows(2, 3)];
  const outcome = await pool.workers[0]!.run(0, 'narrow', payloads, 1).outcome;
  t.same([affineAnswer(outcome, 0), affineAnswer(outcome, 1)], [[3], [5, 7]]);
});

t.test('loading reports what the file takes and gives, and a measured run of each bucket', async (t) => {
  const { pool } = await startPool(t, { workers: 2 });
  const { report, warmUps } = await pool.load(loadTask(modelFile(t, add()), add()));
  t.match(report, {
    provider: 'cpu',
    inputs: [{ name: 'a' }, { name: 'b' }],
    outputs: [{ name: 'sum', datatype: 'FP32', shape: [-1, 3] }],
    maxBatchSize: 8,
  });
  t.equal(warmUps.length, 2, 'of every worker');
  for (const warmUp of warmUps) {
    t.same(
      warmUp.map(({ rows, width }) => [rows, width]),
      [1, 2, 4, 8].map((rows) => [rows, 'narrow']),
    );
  }
});

t.test('images of a version that is watched say what they look like, until it is not', async (t) => {
  const { pool } = await startPool(t);
  await pool.load(loadTask(modelFile(t, brightness()), brightness()));
  const bytes = readFileSync(join(PHOTOS, 'cat.jpg'));
  const image: Payload = {
    kind: 'image',
    rows: 1,
    bytes,
    header: readImageHeader(bytes) as ImageHeader,
    topK: 1,
  };
  const signalled = async (): Promise<boolean> => {
    const outcome = await pool.workers[0]!.run(0, 'narrow', [image], 1).outcome;
    return outcome.kind === 'done' && 'signals' in outcome.items[0]!;
  };
  t.notOk(await signalled());
  pool.watched.add(0);
  t.ok(await signalled());
  pool.watched.delete(0);
  t.notOk(await signalled());
});

t.test('every worker has an instance of every model', async (t) => {
  const { pool } = await startPool(t, { workers: 2 });
  const root = modelRepository(t, { affine: affine(), two: twoOutputs() });
  await pool.load(loadTask(join(root, 'affine/1/model.onnx'), affine(), 0));
  await pool.loadBeside(loadTask(join(root, 'two/1/model.onnx'), twoOutputs(), 7));
  for (const worker of pool.workers) {
    t.same(affineAnswer(await worker.run(0, 'narrow', affineRows(5), 1).outcome), [11]);
    t.same(affineAnswer(await worker.run(7, 'narrow', affineRows(5), 1).outcome), [10]);
  }
});

t.test('who measures what a version takes is told when it has been examined, once', async (t) => {
  const { pool } = await startPool(t, { workers: 2 });
  const order: string[] = [];
  const examine = async (): Promise<void> => void order.push('examined');
  const attaches = (): void => void order.push('attaches');
  await pool.loadBeside(loadTask(modelFile(t, affine()), affine()), { examine, attaches });
  t.strictSame(order, ['examined', 'attaches']);
});

t.test('a model that cannot be loaded is refused with the reason, and the workers go on', async (t) => {
  const { pool } = await startPool(t, { workers: 2 });
  const root = modelRepository(t, { affine: affine(), fixed: fixed(4) });
  const other = { config: { inputs: affine().config.inputs!, outputs: add().config.outputs! } };
  await t.rejects(
    pool.load({ ...loadTask(join(root, 'fixed/1/model.onnx'), other, 0), batching: 'always' }),
    {
      code: 'MODEL_UNAVAILABLE',
      message: /batching is "always", but the first axis of input x is fixed at 4/,
    },
  );
  await pool.load(loadTask(join(root, 'affine/1/model.onnx'), affine(), 1));
  t.same(affineAnswer(await pool.workers[1]!.run(1, 'narrow', affineRows(1), 1).outcome), [3]);
});

t.test('loading at a start takes all workers out of service', async (t) => {
  const { pool } = await startPool(t, { workers: 2 });
  const states = (): string[] => pool.workers.map(({ state }) => state);
  const again = pool.load(loadTask(modelFile(t, affine()), affine(), 1));
  t.same(states(), ['loading', 'loading']);
  await again;
  t.same(states(), ['ready', 'ready']);
});

t.test('a batch for an instance that is not loaded fails as a whole', async (t) => {
  const { pool } = await startPool(t);
  const outcome = await pool.workers[0]!.run(3, 'narrow', affineRows(1), 1).outcome;
  t.match(outcome, { kind: 'failure', code: 'INTERNAL', detail: 'instance 3 is not loaded' });
});

t.test('a body larger than a slot is transferred and gives the same answer', async (t) => {
  const { pool } = await startPool(t);
  await pool.load(loadTask(modelFile(t, affine()), affine()));
  const rows = SLOT_BYTES / 16 + 1;
  const inputs = [{ shape: [rows, 4], data: new Uint8Array(new Float32Array(rows * 4).fill(2).buffer) }];
  const { outcome } = pool.workers[0]!.run(0, 'narrow', [{ kind: 'tensors', inputs, rows }], 1);
  const answer = affineAnswer(await outcome);
  t.equal(answer.length, rows);
  t.ok(answer.every((value) => value === 5));
});

t.test('a batch that waits behind another can be taken back; its slot is free again', async (t) => {
  const { pool, gate } = await startPool(t, { file: FAULTY_WORKER });
  await pool.load(loadTask(modelFile(t, affine()), affine()));
  const worker = pool.workers[0]!;
  const running = worker.run(0, 'narrow', affineRows(HELD), 1);
  await gate.held();
  const ready = worker.run(0, 'narrow', affineRows(1), 1);
  t.equal(worker.holding, 2);
  t.ok(ready.takeBack());
  t.notOk(running.takeBack(), 'it has begun');
  gate.open();
  t.match(await ready.outcome, { kind: 'cancelled' });
  t.same(affineAnswer(await running.outcome), [2 * HELD + 1]);
  t.equal(worker.holding, 0);
  t.same(affineAnswer(await worker.run(0, 'narrow', affineRows(4), 1).outcome), [9]);
});

t.test('a worker knows how long its running batch has run, and when all batches will be done', async (t) => {
  const { pool, gate, clock } = await startPool(t, { file: FAULTY_WORKER });
  await pool.load(loadTask(modelFile(t, affine()), affine()));
  const worker = pool.workers[0]!;
  t.equal(worker.running(clock.now()), undefined);
  const first = worker.run(0, 'narrow', affineRows(HELD), 10);
  clock.advance(4);
  const second = worker.run(0, 'narrow', affineRows(HELD), 20);
  t.same(worker.running(clock.now()), { forMs: 4, predictedMs: 10 });
  t.equal(worker.remainingMs(clock.now()), 26);
  clock.advance(9);
  t.equal(worker.remainingMs(clock.now()), 23, 'a batch that is 3 ms late is taken to be as late again');
  await gate.held();
  gate.open();
  await first.outcome;
  clock.advance(5);
  t.same(worker.running(clock.now()), { forMs: 5, predictedMs: 20 }, 'counted from when it was next');
  await gate.held();
  gate.open();
  await second.outcome;
});

t.test('only one worker has wide sessions, which give the same results', async (t) => {
  const { pool } = await startPool(t, { workers: 2, wideThreads: 2 });
  const { warmUps } = await pool.load(loadTask(modelFile(t, affine()), affine()));
  t.same(
    warmUps.map((warmUp) => warmUp.some(({ width }) => width === 'wide')),
    [true, false],
  );
  t.same(
    pool.workers.map(({ hasWide }) => hasWide),
    [true, false],
  );
  const [first] = pool.workers;
  t.same(affineAnswer(await first!.run(0, 'wide', affineRows(1, 2), 1).outcome), [3, 5]);
});

t.test('with one thread there is no wide session', async (t) => {
  const { pool } = await startPool(t, { wideThreads: 1 });
  const { report } = await pool.load(loadTask(modelFile(t, affine()), affine()));
  t.notOk(report.warmUp.some(({ width }) => width === 'wide'));
  t.notOk(pool.workers[0]!.hasWide);
});

t.test('a wide run blocks other workers until it takes many times its prediction', async (t) => {
  const { pool, gate, clock } = await startPool(t, { workers: 1, wideThreads: 2, file: FAULTY_WORKER });
  await pool.load(loadTask(modelFile(t, affine()), affine()));
  const worker = pool.workers[0]!;
  const permitMs = (): number => worker.widePermitMs(clock.now());
  t.equal(permitMs(), 0);
  const wide = worker.run(0, 'wide', affineRows(HELD), 20);
  t.equal(permitMs(), 200);
  const narrow = worker.run(0, 'narrow', affineRows(HELD), 30);
  t.equal(worker.longestMs, 30);
  clock.advance(150);
  t.equal(permitMs(), 50);
  clock.advance(60);
  t.equal(permitMs(), 0, 'it is stuck');
  await gate.held();
  gate.open();
  await wide.outcome;
  t.equal(permitMs(), 0, 'what runs now is narrow');
  const short = worker.run(0, 'wide', affineRows(1), 1);
  t.equal(permitMs(), 0, 'and what waits behind it has no cores yet');
  await gate.held();
  gate.open();
  await narrow.outcome;
  t.equal(permitMs(), 100, 'however short it is to be');
  await short.outcome;
  t.equal(worker.longestMs, 0);
});

t.test('a busy worker is not closed: that would abort the process', async (t) => {
  const { pool, gate } = await startPool(t, { file: FAULTY_WORKER });
  await pool.load(loadTask(modelFile(t, affine()), affine()));
  const { outcome } = pool.workers[0]!.run(0, 'narrow', affineRows(HELD), 1);
  t.ok(pool.busy);
  await t.rejects(pool.workers[0]!.close(), /This is a bug/);
  await gate.held();
  gate.open();
  await outcome;
  t.notOk(pool.busy);
});

t.test('a thread that ends because the pool closes is not reported as dead', async (t) => {
  const { pool, events } = await startPool(t, { workers: 2 });
  await pool.close();
  t.same(events, []);
  t.same(
    pool.workers.map(({ state }) => state),
    ['closed', 'closed'],
  );
});

t.test('a worker that cannot be set up is an error', async (t) => {
  const folder = t.testdir({
    'worker.mjs': 'export default async () => ({ code: "INTERNAL", detail: "no decoder for this machine" });',
  });
  const file = pathToFileURL(join(folder, 'worker.mjs'));
  await t.rejects(startPool(t, { file }), { message: /no decoder for this machine/ });
});

t.test('a worker whose module does not load rejects with the reason', async (t) => {
  const folder = t.testdir({ 'worker.mjs': 'throw new Error("no such library");' });
  const settings = {
    file: pathToFileURL(join(folder, 'worker.mjs')),
    decoder: 'turbo',
    maxImagePixels: 1,
    wideThreads: 1,
  } as const;
  const causes: unknown[] = [];
  const worker = new PoolWorker(0, settings, new FakeClock(), {
    free: () => undefined,
    died: () => undefined,
    diedOf: (_worker, cause) => causes.push(cause),
  });
  t.teardown(() => worker.close());
  await t.rejects(worker.setup(), { message: 'no such library' });
  t.match(causes, [{ message: 'no such library' }]);
  await t.rejects(worker.setup(), { message: 'no such library' }, 'nor the second time');
});

t.test('a restarting worker takes no batch between the models that it loads', async (t) => {
  const settings = { file: WORKER_FILE, decoder: 'turbo', maxImagePixels: 1, wideThreads: 1 } as const;
  const worker = new PoolWorker(0, settings, new FakeClock(), {
    free: () => undefined,
    died: () => undefined,
    diedOf: () => undefined,
  });
  t.teardown(() => worker.close());
  await worker.setup();
  await worker.load(loadTask(modelFile(t, affine()), affine()));
  t.equal(worker.state, 'starting', 'it is ready when the pool says so');
});

t.test('a PNG, then a JPEG, in the two slots run one after the other', async (t) => {
  const { pool } = await startPool(t);
  const config = { preprocess: { resize: 256, crop: 224, filter: 'bicubic' }, maxBatchSize: 1 } as const;
  await pool.load(loadTask(EFFICIENTNET, { config }));
  const order: string[] = [];
  const classify = async (photo: string): Promise<BatchOutcome> => {
    const outcome = await pool.workers[0]!.run(0, 'narrow', imageOf(photo), 1).outcome;
    order.push(photo);
    return outcome;
  };
  // The PNG is decoded on libuv's threads: were the two not kept apart, the JPEG would overtake it there, and
  // write its pixels over those of the PNG.
  const outcomes = await Promise.all([classify('coffee.png'), classify('flower.jpg')]);
  t.same(order, ['coffee.png', 'flower.jpg']);
  t.match(outcomes, [{ items: [{ classes: [967] }] }, { items: [{ classes: [985] }] }], 'espresso, daisy');
});

function imageOf(photo: string): Payload[] {
  const bytes = readFileSync(join(PHOTOS, photo));
  return [{ kind: 'image', rows: 1, bytes, header: readImageHeader(bytes) as ImageHeader, topK: 1 }];
}
