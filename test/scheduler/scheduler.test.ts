import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Batcher, payloadOf } from '../../src/batcher/batcher.ts';
import type { Batch } from '../../src/batcher/entry.ts';
import { Durations } from '../../src/scheduler/durations.ts';
import { Scheduler, type Schedulable } from '../../src/scheduler/scheduler.ts';
import { RecordedEntry, rowsPayload } from '../support/entries.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeWorker, rowsHeld } from '../support/fake-worker.ts';

interface ModelOptions {
  readonly cap?: number;
  readonly maxQueueDelayMs?: number;
  /** Predicted for a row. */
  readonly rowMs?: number;
}

class World {
  readonly clock = new FakeClock();
  readonly workers: readonly FakeWorker[];
  readonly scheduler: Scheduler;
  readonly models: Schedulable[] = [];
  readonly told: unknown[] = [];

  constructor(workers: number, prefetchUnderMs = 50) {
    this.workers = Array.from({ length: workers }, (_, id) => new FakeWorker(id));
    const asPoolWorkers = this.workers.map((worker) => worker.asPoolWorker);
    this.scheduler = new Scheduler(asPoolWorkers, { prefetchUnderMs }, this.clock);
  }

  addModel({ cap = 8, maxQueueDelayMs = 0, rowMs = 10 }: ModelOptions = {}): void {
    const batcher = new Batcher(
      { cap, maxQueueDelayMs, maxQueueRows: 1000, maxBatchBytes: 100_000 },
      this.clock,
      { rowsDropped: () => undefined, rowsWasted: () => undefined },
    );
    const model: Schedulable = {
      instance: this.models.length,
      batcher,
      durations: new Durations([{ rows: 1, ms: rowMs }]),
      payloadOf,
      batchDispatched: (batch: Batch) => this.told.push(['dispatched', batch.rows, batch.reason]),
      batchDone: (batch: Batch, ms: number) => this.told.push(['done', batch.rows, ms]),
      batchFailed: ({ code, detail }) => this.told.push(['failed', code, detail]),
    };
    this.models.push(model);
    this.scheduler.add(model);
  }

  /** Queues entries of one row each and wakes the scheduler once. */
  submit(rows: number, model = 0): RecordedEntry[] {
    const entries = Array.from({ length: rows }, () => new RecordedEntry(rowsPayload(1), this.clock.now()));
    for (const entry of entries) this.models[model]!.batcher.enqueue(entry);
    this.scheduler.wake();
    return entries;
  }

  /** Rows of each batch, by worker. */
  get held(): number[][] {
    return this.workers.map((worker) => worker.held.map(({ payload }) => rowsHeld(payload)));
  }
}

function world({
  workers = 2,
  prefetchUnderMs = 50,
  ...model
}: ModelOptions & { workers?: number; prefetchUnderMs?: number } = {}) {
  const made = new World(workers, prefetchUnderMs);
  made.addModel(model);
  return made;
}

t.test('rows that arrive while a worker is idle leave at once', async (t) => {
  const { held, told } = ((made) => (made.submit(1), made))(world());
  t.same(held, [[1], []]);
  t.same(told, [['dispatched', 1, 'idle']]);
});

t.test('rows are split over the idle workers', async (t) => {
  const made = world();
  made.submit(5);
  t.same(made.held, [[3], [2]]);
});

t.test('what is left when all workers are idle no more is sent ahead, one batch to each', async (t) => {
  const made = world({ cap: 2, prefetchUnderMs: 50 });
  made.submit(11);
  t.same(made.held, [
    [2, 2],
    [2, 2],
  ]);
  t.equal(made.models[0]!.batcher.queuedRows, 3);
});

t.test('a batch is sent ahead to the worker with the least left to do', async (t) => {
  const made = world({ cap: 4 });
  made.submit(8);
  made.workers[0]!.remaining = 40;
  made.workers[1]!.remaining = 20;
  made.submit(1);
  t.same(made.held, [[4], [4, 1]]);
  t.same(made.told.at(-1), ['dispatched', 1, 'prefetch']);
});

t.test('nothing is sent ahead to a worker that has long to run', async (t) => {
  const made = world({ cap: 4, rowMs: 15 });
  made.submit(8);
  made.submit(1);
  t.same(made.held, [[4], [4]], '60 ms each');
  t.equal(made.models[0]!.batcher.queuedRows, 1);
});

t.test('a worker that is done gets what waits', async (t) => {
  const made = world({ workers: 1, prefetchUnderMs: 0 });
  made.submit(1);
  made.submit(3);
  t.same(made.held, [[1]]);
  await made.workers[0]!.done();
  t.same(made.held, [[3]]);
});

t.test('a worker that is loading, dead or closed gets nothing', async (t) => {
  const made = world();
  for (const state of ['starting', 'loading', 'dead', 'closed'] as const) {
    made.workers[0]!.state = state;
    made.workers[1]!.state = state;
    made.submit(1);
    t.same(made.held, [[], []], state);
  }
  made.workers[1]!.state = 'ready';
  made.scheduler.wake();
  t.same(made.held, [[], [4]]);
});

t.test('no worker is ever idle while rows wait, and none holds more than two batches', async () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('submit'),
        rows: fc.integer({ min: 1, max: 12 }),
        of: fc.nat({ max: 1 }),
      }),
      fc.record({ kind: fc.constant('done'), rows: fc.constant(0), of: fc.nat({ max: 3 }) }),
    ),
    { maxLength: 40 },
  );
  const property = fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (count, sequence) => {
    const made = new World(count, 50);
    made.addModel({ cap: 4 });
    made.addModel({ cap: 3, rowMs: 40 });
    let submitted = 0;
    let ran = 0;
    for (const { kind, rows, of } of sequence) {
      const worker = made.workers[of % count]!;
      if (kind === 'submit') submitted += made.submit(rows, of).length;
      else if (worker.holding > 0) {
        ran += rowsHeld(worker.held[0]!.payload);
        await worker.done();
      }
      const waiting = made.models.reduce((sum, { batcher }) => sum + batcher.queuedRows, 0);
      assert.ok(waiting === 0 || made.workers.every(({ holding }) => holding > 0), 'work-conserving');
      assert.equal(waiting + ran + made.held.flat().reduce((sum, one) => sum + one, 0), submitted);
    }
  });
  await fc.assert(property, { numRuns: 60 });
});

t.test('of two models, the one whose oldest row came first is served first', async (t) => {
  const made = new World(1, 0);
  made.addModel();
  made.addModel();
  made.submit(1);
  made.clock.advance(1);
  made.submit(2, 1);
  made.clock.advance(1);
  made.submit(3, 0);
  await made.workers[0]!.done();
  t.match(made.workers[0]!.held, [{ instance: 1 }]);
  await made.workers[0]!.done();
  t.match(made.workers[0]!.held, [{ instance: 0 }]);
});

t.test('a model that waits for more rows does not hold up one that does not', async (t) => {
  const made = new World(1, 0);
  made.addModel({ maxQueueDelayMs: 10 });
  made.addModel();
  made.submit(1, 0);
  made.clock.advance(1);
  made.submit(1, 1);
  t.match(made.workers[0]!.held, [{ instance: 1 }]);
});

t.test(
  'with a queue delay one timer is set, for the moment at which the oldest row has waited',
  async (t) => {
    const made = world({ workers: 1, maxQueueDelayMs: 10 });
    made.submit(1);
    made.clock.advance(4);
    made.submit(1);
    t.equal(made.clock.pending, 1);
    made.clock.advance(5.9);
    t.same(made.held, [[]]);
    made.clock.advance(0.1);
    t.same(made.held, [[2]]);
    t.same(made.told, [['dispatched', 2, 'delay']]);
    t.equal(made.clock.pending, 0);
  },
);

t.test('a batch that is full before its delay has passed leaves, and takes the timer with it', async (t) => {
  const made = world({ workers: 1, cap: 2, maxQueueDelayMs: 10 });
  made.submit(1);
  made.submit(1);
  t.same(made.held, [[2]]);
  t.equal(made.clock.pending, 0);
});

t.test('no timer is set while every worker is busy: the next one that is done looks again', async (t) => {
  const made = world({ workers: 1, cap: 2, maxQueueDelayMs: 10, prefetchUnderMs: 0 });
  made.submit(2);
  made.submit(1);
  t.equal(made.clock.pending, 0);
  made.clock.advance(20);
  await made.workers[0]!.done();
  t.same(made.held, [[1]]);
});

t.test('a batch whose entries have all been dropped is taken back from its worker', async (t) => {
  const made = world({ workers: 1 });
  made.submit(1);
  const ahead = made.submit(2);
  const [running, ready] = made.workers[0]!.held;
  for (const entry of ahead) made.models[0]!.batcher.drop(entry, 'abandoned');
  t.notOk(running!.takenBack);
  t.ok(ready!.takenBack);
});

t.test('what a worker had not begun when it died goes to another one', async (t) => {
  const made = world({ workers: 2, cap: 2, prefetchUnderMs: 50 });
  const entries = made.submit(4);
  made.workers[0]!.state = 'dead';
  await made.workers[0]!.finish({ kind: 'died', started: false });
  t.same(made.held, [[], [2, 2]]);
  await made.workers[1]!.done();
  await made.workers[1]!.done();
  t.ok(entries.every(({ outcome }) => outcome?.kind === 'done'));
});

t.test('what really ran corrects the prediction, and is reported', async (t) => {
  const made = world({ workers: 1, rowMs: 10 });
  made.submit(2);
  await made.workers[0]!.done(40);
  t.same(made.told.at(-1), ['done', 2, 40]);
  t.ok(made.models[0]!.durations.predictMs(1) > 10);
});

t.test('a batch that failed is reported, and teaches nothing about durations', async (t) => {
  const made = world({ workers: 1, rowMs: 10 });
  const [entry] = made.submit(1);
  await made.workers[0]!.finish({ kind: 'failure', code: 'INTERNAL', detail: 'out of memory' });
  t.match(entry!.outcome, { kind: 'failed' });
  t.same(made.told.at(-1), ['failed', 'INTERNAL', 'out of memory']);
  t.equal(made.models[0]!.durations.predictMs(1), 10);
});
