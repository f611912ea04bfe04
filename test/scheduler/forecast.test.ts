import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { freeIn } from '../../src/scheduler/forecast.ts';

const ms = fc.double({ min: 0, max: 1000, noNaN: true });
const workers = fc.array(ms, { minLength: 1, maxLength: 16 });

/** List scheduling: assigns the work in small pieces, each to the worker that is free first. */
function listScheduled(remaining: readonly number[], aheadMs: number, pieceMs: number): number {
  const free = [...remaining];
  for (let left = aheadMs; left > 0; left -= pieceMs) {
    const soonest = free.indexOf(Math.min(...free));
    free[soonest]! += Math.min(pieceMs, left);
  }
  return Math.min(...free);
}

t.test('without work ahead it is when the first worker is free', async (t) => {
  t.equal(freeIn([30, 10, 20], 0), 10);
  t.equal(freeIn([0, 10], 0), 0);
});

t.test('work ahead goes to the worker that is free first, until the next one is free too', async (t) => {
  t.equal(freeIn([0, 20], 10), 10);
  t.equal(freeIn([0, 20], 20), 20);
  t.equal(freeIn([0, 20], 30), 25, 'then both share it');
  t.equal(freeIn([5, 0, 20], 5 + 2 * 15 + 3), 21);
});

t.test('workers that are free at the same time share it from the start', async (t) => {
  t.equal(freeIn([0, 0, 0, 0], 40), 10);
  t.equal(freeIn([7, 7], 10), 12);
});

t.test('a single worker does all of it', async (t) => {
  t.equal(freeIn([5], 40), 45);
});

t.test('without workers it is Infinity', async (t) => {
  t.equal(freeIn([], 0), Infinity);
  t.equal(freeIn([], 100), Infinity);
});

t.test('more work ahead, or a worker that is busy for longer, never means sooner', async () => {
  fc.assert(
    fc.property(workers, ms, ms, fc.nat(), (remaining, aheadMs, moreMs, which) => {
      const free = freeIn(remaining, aheadMs);
      assert.ok(freeIn(remaining, aheadMs + moreMs) >= free);
      const busier = remaining.with(which % remaining.length, remaining[which % remaining.length]! + moreMs);
      assert.ok(freeIn(busier, aheadMs) >= free - 1e-9);
    }),
  );
});

t.test('another worker never means later', async () => {
  fc.assert(
    fc.property(workers, ms, ms, (remaining, another, aheadMs) => {
      assert.ok(freeIn([...remaining, another], aheadMs) <= freeIn(remaining, aheadMs) + 1e-9);
    }),
  );
});

t.test('all work ahead is done by then, and no worker is idle before', async () => {
  fc.assert(
    fc.property(workers, ms, (remaining, aheadMs) => {
      const level = freeIn(remaining, aheadMs);
      assert.ok(level >= Math.min(...remaining));
      const done = remaining.reduce((sum, floor) => sum + Math.max(0, level - floor), 0);
      assert.ok(Math.abs(done - aheadMs) < 1e-6, `${done} of ${aheadMs} ms`);
    }),
  );
});

t.test('it agrees with list scheduling of small pieces', async () => {
  fc.assert(
    fc.property(workers, fc.double({ min: 0, max: 500, noNaN: true }), (remaining, aheadMs) => {
      const off = listScheduled(remaining, aheadMs, 1) - freeIn(remaining, aheadMs);
      assert.ok(Math.abs(off) <= 1, `off by ${off} ms with pieces of one`);
    }),
  );
});

t.test('the order of the workers does not matter, and the argument is not changed', async (t) => {
  const remaining = [30, 0, 10];
  t.equal(freeIn(remaining, 25), freeIn([0, 10, 30], 25));
  t.same(remaining, [30, 0, 10]);
});
