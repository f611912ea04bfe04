import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import {
  chooseWorker,
  longestAllowed,
  servingOrder,
  spareWorker,
  type WorkerFacts,
} from '../../src/scheduler/scheduling-policy.ts';

const PREFETCH_UNDER_MS = 50;
const facts = fc.record({
  holding: fc.constantFrom(undefined, 0, 1, 2),
  remainingMs: fc.double({ min: 0, max: 100, noNaN: true }),
  longestMs: fc.double({ min: 0, max: 100, noNaN: true }),
  runsWide: fc.constant(false),
});
const idle: WorkerFacts = { holding: 0, remainingMs: 0, longestMs: 0, runsWide: false };
const busy = (remainingMs: number, holding = 1): WorkerFacts => ({
  ...idle,
  holding,
  remainingMs,
  longestMs: remainingMs,
});
const wide = (remainingMs: number, holding = 1): WorkerFacts => ({
  ...busy(remainingMs, holding),
  runsWide: true,
});
const gone: WorkerFacts = { ...idle, holding: undefined };
const choose = (...workers: readonly WorkerFacts[]) => chooseWorker(workers, PREFETCH_UNDER_MS);

t.test('an idle worker is always taken before a busy one, and the idle ones are counted', async () => {
  fc.assert(
    fc.property(fc.array(facts), (workers) => {
      const idleWorkers = workers.filter(({ holding }) => holding === 0).length;
      fc.pre(idleWorkers > 0);
      const choice = chooseWorker(workers, PREFETCH_UNDER_MS)!;
      assert.equal(workers[choice.worker]!.holding, 0);
      assert.equal(choice.idle, idleWorkers);
    }),
  );
});

t.test(
  'without an idle worker the one that is free first is chosen, if it holds one short batch',
  async () => {
    fc.assert(
      fc.property(fc.array(facts), (workers) => {
        fc.pre(workers.every(({ holding }) => holding !== 0));
        const short = workers.filter((one) => one.holding === 1 && one.remainingMs < PREFETCH_UNDER_MS);
        const choice = chooseWorker(workers, PREFETCH_UNDER_MS);
        const least = Math.min(...short.map(({ remainingMs }) => remainingMs));
        const first = workers.every(
          ({ holding, remainingMs }) => holding === undefined || remainingMs >= least,
        );
        if (short.length === 0 || !first) return assert.equal(choice, undefined);
        assert.equal(choice?.idle, 0);
        const taken = workers[choice.worker]!;
        return assert.deepEqual([taken.holding, taken.remainingMs], [1, least]);
      }),
    );
  },
);

t.test('nothing is prefetched to a worker whose work is predicted to take long', async (t) => {
  t.equal(choose(busy(50), busy(80)), undefined);
  t.same(choose(busy(80), busy(49.9)), { worker: 1, idle: 0 });
});

t.test('nothing is prefetched behind a batch that ends later than that of a full worker', async (t) => {
  t.equal(choose(busy(40), busy(30, 2)), undefined);
  t.same(choose(busy(40), busy(40, 2)), { worker: 0, idle: 0 });
});

t.test('a worker that holds two batches, or is not ready, is never chosen', async (t) => {
  t.equal(choose(busy(1, 2), gone), undefined);
  t.same(choose(gone, busy(1, 2), idle), { worker: 2, idle: 1 });
});

t.test('beside a wide run no worker starts a batch: it uses all cores', async (t) => {
  t.equal(choose(wide(80), idle, busy(10)), undefined);
  t.equal(choose(idle, wide(80)), undefined, 'whichever of them it is');
  t.equal(choose(wide(10, 2), idle), undefined, 'nor is more sent ahead than a worker holds');
});

t.test('during a wide run the next batch is prefetched behind it only', async (t) => {
  t.same(choose(wide(40), idle), { worker: 0, idle: 0 });
  t.same(choose(busy(5), wide(40), busy(1)), { worker: 1, idle: 0 }, 'the others begin theirs after it');
  t.equal(choose(busy(5), wide(50)), undefined);
});

t.test('during a wide run only the worker that runs it is chosen', async () => {
  fc.assert(
    fc.property(
      fc.array(facts),
      fc.nat({ max: 5 }),
      fc.integer({ min: 1, max: 2 }),
      (others, at, holding) => {
        const workers = [...others.slice(0, at), wide(20, holding), ...others.slice(at)];
        const choice = chooseWorker(workers, PREFETCH_UNDER_MS);
        if (holding === 2) return assert.equal(choice, undefined);
        assert.equal(choice?.idle, 0);
        return assert.equal(workers[choice.worker]!.runsWide, true);
      },
    ),
  );
});

const model = (servedMs: number, oldestQueuedAt: number | undefined) => ({ servedMs, oldestQueuedAt });

t.test('the model that has had the least worker time is served first, of equals the oldest', async (t) => {
  const queues = [model(5, 10), model(0, 30), model(5, 9), model(0, 20)];
  t.same(
    servingOrder(queues).map((queue) => queues.indexOf(queue)),
    [3, 1, 2, 0],
  );
});

t.test('a model without work is not served, however little it was served', async (t) => {
  t.same(servingOrder([model(0, undefined), model(7, 1)]), [model(7, 1)]);
  t.same(servingOrder([model(0, undefined)]), []);
});

/** A batch, and the request of the quickest other model, on these workers; it would go to the worker chosen. */
const room = (batchMs: number, otherMs: number, ...workers: readonly WorkerFacts[]): boolean =>
  batchMs <= longestAllowed(otherMs, workers, choose(...workers)!);

t.test('a batch no longer than a request of the other model goes anywhere', async (t) => {
  t.ok(room(10, 10, idle, busy(90)));
  t.ok(room(10, 10, busy(20), busy(90)), 'ahead too');
});

t.test('without another active model no worker is kept free', async (t) => {
  t.ok(room(1000, Infinity, idle, busy(900)));
  t.ok(room(1000, Infinity, busy(20), busy(900)), 'ahead too');
});

t.test('a single worker is never kept free', async (t) => {
  t.ok(room(100, 10, idle));
  t.ok(room(100, 10, busy(20)));
  t.ok(room(100, 10, idle, gone), 'a dead one is none');
});

t.test('a long batch takes an idle worker as long as another one runs nothing long', async (t) => {
  t.ok(room(100, 10, idle, idle));
  t.ok(room(100, 10, idle, busy(20)), 'twice the request of the other is not long');
  t.notOk(room(100, 10, idle, busy(21)));
  t.ok(room(100, 10, idle, busy(90), busy(20)));
  t.notOk(room(100, 10, idle, busy(90), gone), 'a dead worker is not kept free');
});

t.test('a batch of up to twice the other model’s request takes the last worker', async (t) => {
  t.ok(room(20, 10, idle, busy(90)));
  t.notOk(room(20.1, 10, idle, busy(90)));
});

t.test('nothing longer than a request of the other model is prefetched', async (t) => {
  t.notOk(room(10.1, 10, busy(5), busy(5)));
  t.ok(room(10, 10, busy(5), busy(5)));
});

t.test('one worker never runs a long batch', async () => {
  const property = fc.property(
    fc.array(facts, { minLength: 2 }),
    fc.double({ min: 0, max: 100, noNaN: true }),
    fc.double({ min: 1, max: 50, noNaN: true }),
    (workers, batchMs, otherMs) => {
      const choice = chooseWorker(workers, PREFETCH_UNDER_MS);
      fc.pre(choice !== undefined && choice.idle > 0 && batchMs > 2 * otherMs);
      const others = workers.filter((one, index) => index !== choice.worker && one.holding !== undefined);
      fc.pre(others.length > 0);
      const left = others.some(({ longestMs }) => longestMs <= 2 * otherMs);
      assert.equal(batchMs <= longestAllowed(otherMs, workers, choice), left);
    },
  );
  fc.assert(property);
});

t.test('work that nobody waits for gets the last idle worker, and leaves one idle', async (t) => {
  t.equal(spareWorker([idle, idle, idle]), 2);
  t.equal(spareWorker([idle, busy(5), idle]), 2);
  t.equal(spareWorker([idle, busy(5)]), undefined);
  t.equal(spareWorker([busy(5), busy(5)]), undefined);
  t.equal(spareWorker([idle, gone]), undefined, 'the other may come back in the middle of it');
});

t.test('of a single worker it gets that one, while it is idle', async (t) => {
  t.equal(spareWorker([idle]), 0);
  t.equal(spareWorker([busy(5)]), undefined);
  t.equal(spareWorker([gone]), undefined);
});

t.test('it gets no worker during a wide run', async (t) => {
  t.equal(spareWorker([wide(5), idle, idle]), undefined);
});
