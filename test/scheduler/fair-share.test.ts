import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { FairShare } from '../../src/scheduler/fair-share.ts';

const ACTIVE_MS = 10_000;
const FRESH = { backlogged: false, busy: false };
const WAITING = { backlogged: true, busy: true };

function shareOf(models: number): FairShare {
  const shares = new FairShare();
  for (let model = 0; model < models; model++) shares.open();
  return shares;
}

t.test('accounts are numbered in the order in which they are opened, and begin with nothing', async (t) => {
  const shares = new FairShare();
  t.same([shares.open(), shares.open(), shares.open()], [0, 1, 2]);
  t.equal(shares.servedMs(2), 0);
  shares.served(1, 7);
  shares.served(1, 5);
  t.same(
    [0, 1, 2].map((index) => shares.servedMs(index)),
    [0, 12, 0],
  );
});

t.test('a model that comes after a pause begins where the one served last began', async (t) => {
  const shares = shareOf(2);
  shares.served(0, 100);
  shares.served(0, 100);
  shares.arrived(1, 0, FRESH);
  t.equal(shares.servedMs(1), 100, 'not at 0: it is not paid for the time that it did not use');
});

t.test('a model whose work waits keeps what it has had', async (t) => {
  const shares = shareOf(2);
  shares.arrived(1, 0, FRESH);
  shares.served(0, 100);
  shares.served(0, 100);
  shares.arrived(1, 0, WAITING);
  t.equal(shares.servedMs(1), 0, 'it is owed its turns');
});

t.test('a model that has had more than the others is not forgiven for a pause', async (t) => {
  const shares = shareOf(2);
  shares.served(0, 500);
  shares.served(1, 10);
  shares.arrived(0, 0, FRESH);
  t.equal(shares.servedMs(0), 500);
});

t.test('a model is active for ten seconds after a request, and before its first it is not', async (t) => {
  const shares = shareOf(2);
  t.notOk(shares.isActive(0, 0));
  shares.arrived(0, 1000, FRESH);
  t.ok(shares.isActive(0, 1000));
  t.ok(shares.isActive(0, 1000 + ACTIVE_MS - 1));
  t.notOk(shares.isActive(0, 1000 + ACTIVE_MS));
  t.notOk(shares.isActive(1, 1000), 'a request for one is none for another');
});

t.test('the busy share follows what arrivals find, an eighth of the way each time', async (t) => {
  const shares = shareOf(1);
  t.equal(shares.busyShare, 0);
  shares.arrived(0, 0, { ...FRESH, busy: true });
  t.equal(shares.busyShare, 1 / 8);
  for (let request = 0; request < 100; request++) shares.arrived(0, 0, WAITING);
  t.ok(shares.busyShare > 0.999 && shares.busyShare < 1);
  for (let request = 0; request < 100; request++) shares.arrived(0, 0, FRESH);
  t.ok(shares.busyShare < 0.001);
});

const batches = fc.array(
  fc.tuple(
    fc.double({ min: 0.1, max: 100, noNaN: true }),
    fc.double({ min: 0.1, max: 100, noNaN: true }),
    fc.double({ min: 0.1, max: 100, noNaN: true }),
  ),
  { minLength: 1, maxLength: 80 },
);

t.test('models that always have work never differ by more than the longest batch', async () => {
  fc.assert(
    fc.property(batches, (sequence) => {
      const shares = shareOf(3);
      for (const model of [0, 1, 2]) shares.arrived(model, 0, FRESH);
      for (const durations of sequence) {
        const served = durations.map((_, model) => shares.servedMs(model));
        const next = served.indexOf(Math.min(...served));
        shares.served(next, durations[next]!);
        shares.arrived(next, 0, WAITING);
        const after = durations.map((_, model) => shares.servedMs(model));
        const longest = Math.max(...sequence.flat());
        assert.ok(Math.max(...after) - Math.min(...after) <= longest);
      }
    }),
  );
});

t.test('whenever a model comes and goes, it is never owed more than the longest batch', async () => {
  const steps = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.double({ min: 0.1, max: 100, noNaN: true })), {
    maxLength: 80,
  });
  fc.assert(
    fc.property(steps, (sequence) => {
      const shares = shareOf(3);
      const waiting = new Set<number>();
      for (const [model, ms] of sequence) {
        // One comes, and the one that has had the least of those that wait is served.
        shares.arrived(model, 0, { backlogged: waiting.has(model), busy: false });
        waiting.add(model);
        const next = [...waiting].reduce((least, one) =>
          shares.servedMs(one) < shares.servedMs(least) ? one : least,
        );
        shares.served(next, ms);
        if (ms < 50) waiting.delete(next);
        const owed = [...waiting].map((one) => shares.servedMs(one));
        assert.ok(Math.max(...owed, 0) - Math.min(...owed, Infinity) <= 100 || owed.length < 2);
      }
    }),
  );
});
