import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { chooseWorker, servingOrder, type WorkerFacts } from '../../src/scheduler/policy.ts';

const PREFETCH_UNDER_MS = 50;
const facts = fc.record({
  holding: fc.constantFrom(undefined, 0, 1, 2),
  remainingMs: fc.double({ min: 0, max: 100, noNaN: true }),
});
const idle: WorkerFacts = { holding: 0, remainingMs: 0 };
const busy = (remainingMs: number, holding = 1): WorkerFacts => ({ holding, remainingMs });
const gone: WorkerFacts = { holding: undefined, remainingMs: 0 };
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

t.test('without an idle worker, the one with the least left of a single short batch is taken', async () => {
  fc.assert(
    fc.property(fc.array(facts), (workers) => {
      fc.pre(workers.every(({ holding }) => holding !== 0));
      const short = workers.filter((one) => one.holding === 1 && one.remainingMs < PREFETCH_UNDER_MS);
      const choice = chooseWorker(workers, PREFETCH_UNDER_MS);
      if (short.length === 0) return assert.equal(choice, undefined);
      assert.equal(choice?.idle, 0);
      const least = Math.min(...short.map(({ remainingMs }) => remainingMs));
      const taken = workers[choice.worker]!;
      return assert.deepEqual([taken.holding, taken.remainingMs], [1, least]);
    }),
  );
});

t.test('nothing is sent ahead of work that is predicted to take long', async (t) => {
  t.equal(choose(busy(50), busy(80)), undefined);
  t.same(choose(busy(80), busy(49.9)), { worker: 1, idle: 0 });
});

t.test('a worker that holds two batches, or is not there, is never chosen', async (t) => {
  t.equal(choose(busy(1, 2), gone), undefined);
  t.same(choose(gone, busy(1, 2), idle), { worker: 2, idle: 1 });
});

t.test('the batcher whose oldest row came first is served first; those without rows are not', async (t) => {
  t.same(servingOrder([30, undefined, 10, 20]), [2, 3, 0]);
  t.same(servingOrder([undefined]), []);
});
