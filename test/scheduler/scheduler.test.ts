import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Due } from '../../src/batcher/entry.ts';
import type { Payload } from '../../src/thread/payload.ts';
import { CostModel } from '../../src/cost/cost-model.ts';
import type { BatchTrace } from '../../src/telemetry/trace/batch-trace.ts';
import { FakeCosts } from '../support/fake-costs.ts';
import { rowsOf } from '../../src/thread/payload.ts';
import { World, world, type ModelOptions } from './fixtures/world.ts';

/** As warm-up has measured it: 10 ms a row, and no batch that pays. */
const learning = () =>
  new CostModel({
    warmUp: [{ rows: 1, width: 'narrow', ms: 10 }],
    maxBatchSize: 8,
    sloMs: 1000,
    resize: undefined,
  });

t.test('rows that arrive while a worker is idle leave at once', async (t) => {
  const { held, events } = ((made) => (made.submit(1), made))(world());
  t.same(held, [[1], []]);
  t.same(events, [['dispatched', 1, 'idle']]);
});

t.test('rows are split over the idle workers', async (t) => {
  const made = world();
  made.submit(5);
  t.same(made.held, [[3], [2]]);
});

t.test('when no worker is idle any more, one batch is prefetched to each', async (t) => {
  const made = world({ cap: 2, prefetchUnderMs: 50 });
  made.submit(11);
  t.same(made.held, [
    [2, 2],
    [2, 2],
  ]);
  t.equal(made.models[0]!.batcher.queuedRows, 3);
});

t.test('a batch is prefetched to the worker with the least work left', async (t) => {
  const made = world({ cap: 4 });
  made.submit(8);
  made.workers[0]!.remaining = 40;
  made.workers[1]!.remaining = 20;
  made.submit(1);
  t.same(made.held, [[4], [4, 1]]);
  t.same(made.events.at(-1), ['dispatched', 1, 'prefetch']);
});

t.test('nothing is prefetched to a worker that is busy for long', async (t) => {
  const made = world({ cap: 4, rowMs: 15 });
  made.submit(8);
  made.submit(1);
  t.same(made.held, [[4], [4]], '60 ms each');
  t.equal(made.models[0]!.batcher.queuedRows, 1);
});

t.test('a worker that is done gets the queued rows', async (t) => {
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

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('submit'), rows: fc.integer({ min: 1, max: 12 }), of: fc.nat({ max: 1 }) }),
    fc.record({ kind: fc.constant('done'), rows: fc.constant(0), of: fc.nat({ max: 3 }) }),
  ),
  { maxLength: 40 },
);

/** Runs the steps; `holds` checks the invariants after each. */
const afterEach = (models: readonly ModelOptions[], holds: (made: World) => void): Promise<void> => {
  const property = fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (count, sequence) => {
    const made = new World(count, 50);
    for (const model of models) made.addModel(model);
    let submitted = 0;
    let ran = 0;
    for (const { kind, rows, of } of sequence) {
      const worker = made.workers[of % count]!;
      if (kind === 'submit') submitted += made.submit(rows, of % models.length).length;
      else if (worker.holding > 0) {
        ran += rowsOf(worker.held[0]!.payloads);
        await worker.done();
      }
      holds(made);
      assert.equal(made.waiting + ran + made.held.flat().reduce((sum, one) => sum + one, 0), submitted);
    }
  });
  return fc.assert(property, { numRuns: 60 });
};

t.test('no worker is ever idle while rows wait, and none holds more than two batches', async () => {
  await afterEach([{ cap: 4 }], (made) => {
    assert.ok(made.waiting === 0 || made.workers.every(({ holding }) => holding > 0), 'work-conserving');
  });
});

t.test('with a fast and a slow model, only the slow one waits while a worker is idle', async () => {
  const [fast, slow] = [0, 1] as const;
  const models = [
    { cap: 1, rowMs: 10 },
    { cap: 3, rowMs: 40 },
  ];
  await afterEach(models, (made) => {
    const idle = made.workers.filter(({ holding }) => holding === 0);
    if (made.waiting === 0 || idle.length === 0) return;
    assert.equal(made.models[fast]!.batcher.queuedRows, 0, 'the worker is kept free for its requests');
    assert.equal(idle.length, 1, 'no more is kept than one worker');
    assert.ok(made.heldOf.every((held) => held.length === 0 || held[0] === slow));
    assert.ok(made.workers.length > 1);
  });
});

t.test('of two models with equal shares, the one with the oldest row is served first', async (t) => {
  const made = new World(1, 0).addModel().addModel();
  made.submit(1);
  made.clock.advance(1);
  made.submit(1, 1);
  made.clock.advance(1);
  made.submit(1, 0);
  await made.workers[0]!.done();
  t.match(made.workers[0]!.held, [{ instance: 1 }], 'it has had nothing yet');
  made.submit(1, 1);
  await made.workers[0]!.done();
  t.match(made.workers[0]!.held, [{ instance: 0 }], 'both have had 10 ms');
});

t.test('a model that waits for more rows does not hold up one that does not', async (t) => {
  const made = new World(1, 0).addModel({ maxQueueDelayMs: 10 }).addModel();
  made.submit(1, 0);
  made.clock.advance(1);
  made.submit(1, 1);
  t.match(made.workers[0]!.held, [{ instance: 1 }]);
});

t.test('with a queue delay one timer is set, for the end of the delay of the oldest row', async (t) => {
  const made = world({ workers: 1, maxQueueDelayMs: 10 });
  made.submit(1);
  made.clock.advance(4);
  made.submit(1);
  t.equal(made.clock.pending, 1);
  made.clock.advance(5.9);
  t.same(made.held, [[]]);
  made.clock.advance(0.1);
  t.same(made.held, [[2]]);
  t.same(made.events, [['dispatched', 2, 'delay']]);
  t.equal(made.clock.pending, 0);
});

t.test('a batch that is full before its delay has passed leaves, and its timer is cancelled', async (t) => {
  const made = world({ workers: 1, cap: 2, maxQueueDelayMs: 10 });
  made.submit(1);
  made.submit(1);
  t.same(made.held, [[2]]);
  t.equal(made.clock.pending, 0);
});

t.test('no timer is set while every worker is busy', async (t) => {
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

t.test('a batch that a worker had not started when it died goes to another worker', async (t) => {
  const made = world({ workers: 2, cap: 2, prefetchUnderMs: 50 });
  const entries = made.submit(4);
  made.workers[0]!.state = 'dead';
  await made.workers[0]!.finish({ kind: 'died', started: false });
  t.same(made.held, [[], [2, 2]]);
  await made.workers[1]!.done();
  await made.workers[1]!.done();
  t.ok(entries.every(({ outcome }) => outcome?.kind === 'done'));
});

t.test('the measured time of a batch corrects the prediction, and is reported', async (t) => {
  const made = world({ workers: 1, costs: learning() });
  made.submit(1);
  await made.workers[0]!.done(40);
  t.same(made.events.at(-1), ['done', 1, 40]);
  t.ok(made.models[0]!.costs.batchMs(1, 0) > 10);
});

t.test(
  'a traced batch is reported when it is dispatched, and when it ends, before its entries settle',
  async (t) => {
    const made = world({ workers: 1 });
    const events: unknown[] = [];
    made.traceBatch = (record, batch) => {
      events.push(['left', batch.rows, record.worker, record.predictedMs]);
      const end = (at: number, { kind }: { readonly kind: string }): void =>
        void events.push(['ended', at, kind, batch.entries.some(({ settled }) => settled)]);
      return { end } as unknown as BatchTrace;
    };
    made.submit(1);
    made.clock.advance(7);
    await made.workers[0]!.done();
    t.same(events, [
      ['left', 1, 0, 10],
      ['ended', 7, 'done', false],
    ]);
  },
);

t.test('a batch that failed is reported, and does not change the predicted costs', async (t) => {
  const made = world({ workers: 1, costs: learning() });
  const [entry] = made.submit(1);
  await made.workers[0]!.finish({ kind: 'failure', code: 'INTERNAL', detail: 'out of memory' });
  t.match(entry!.outcome, { kind: 'failed' });
  t.same(made.events.at(-1), ['failed', 'INTERNAL', 'out of memory']);
  t.equal(made.models[0]!.costs.batchMs(1, 0), 10);
});

const due = (at: number, strict: boolean): Due => ({ at, strict });

t.test('late entries are dropped before a batch is cut', async (t) => {
  const made = world({ workers: 1, prefetchUnderMs: 0 });
  made.submit(1);
  const [late] = made.submit(1, 0, due(19, true));
  const [later] = made.submit(1, 0, due(20, true));
  made.clock.advance(10);
  await made.workers[0]!.done();
  t.match(late!.outcome, { kind: 'failed', failure: { code: 'DEADLINE_EXCEEDED' } });
  t.equal(later!.outcome, undefined);
  t.same(made.held, [[1]], 'a row takes 10 ms: the other one is just in time');
  t.same(made.dropped, [[1, 'queue', 'late']]);
});

t.test('a model with only late entries does not delay another', async (t) => {
  const made = new World(1, 0).addModel().addModel();
  made.submit(1, 1);
  made.submit(2, 0, due(15, true));
  made.submit(1, 1);
  made.clock.advance(10);
  await made.workers[0]!.done();
  t.same(made.heldOf, [[1]]);
  t.equal(made.models[0]!.batcher.queuedRows, 0);
});

/** An image that takes as many milliseconds as it has bytes. */
const image = (ms: number): Payload =>
  ({ kind: 'image', rows: 1, bytes: new Uint8Array(ms), header: {}, topK: 1 }) as unknown as Payload;

t.test('workers that share a queue get equal work, not equal rows', async (t) => {
  const made = world({ rowMs: 0 });
  made.submitAll([40, 10, 10, 10, 10].map(image));
  t.same(made.held, [[1], [4]]);
  t.same(
    made.workers.map(({ held }) => held[0]!.predictedMs),
    [40, 40],
  );
});

t.test('a batch takes no longer than half of the SLO, however few rows that allows', async (t) => {
  const made = world({ workers: 1, prefetchUnderMs: 0, rowMs: 1, maxBatchMs: 65 });
  made.submitAll([30, 30, 30, 90].map(image));
  t.same(made.held, [[2]]);
  await made.workers[0]!.done();
  t.same(made.held, [[1]]);
  await made.workers[0]!.done();
  t.same(made.held, [[1]], 'a single one takes what it takes');
});

t.test('the decode time of each image is learned, and every batch is recorded', async (t) => {
  const costs = new FakeCosts({ rowMs: 10 });
  const made = world({ workers: 1, prefetchUnderMs: 0, costs: costs.asCostModel });
  made.submitAll([image(2), image(3)]);
  made.clock.advance(5);
  made.submit(1);
  t.match(made.scheduler.recent.batches, [{ outcome: undefined }]);
  await made.workers[0]!.done(20, 4);
  t.match(costs.observed, [
    { rows: 2, width: 'narrow', payloads: [image(2), image(3)], decodeMsOf: [4, 4], inferMs: 20, postMs: 0 },
  ]);
  t.match(made.scheduler.recent.batches, [
    { at: 5, rows: 1, waitedMs: 0, left: 0, reason: 'idle', outcome: undefined },
    {
      at: 0,
      model: 'model 0',
      version: '1',
      worker: 0,
      rows: 2,
      width: 'narrow',
      reason: 'idle',
      left: 0,
      waitedMs: 0,
      predictedMs: 25,
      outcome: 'done',
      decodeMs: 8,
      inferMs: 20,
    },
  ]);
  await made.workers[0]!.finish({ kind: 'died', started: true });
  t.match(made.scheduler.recent.batches, [{ outcome: 'died', inferMs: undefined }, { outcome: 'done' }]);
});
