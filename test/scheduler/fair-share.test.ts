import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { FairShare } from '../../src/scheduler/fair-share.ts';

const ACTIVE_MS = 10_000;
const FRESH = { backlogged: false, busy: false };
const WAITING = { backlogged: true, busy: true };

/** Shares with some accounts, each by its number. */
function setup(models: number) {
  const shares = new FairShare();
  const accounts = Array.from({ length: models }, () => shares.open());
  return {
    shares,
    arrived: (model: number, now: number, found: { backlogged: boolean; busy: boolean }) =>
      shares.arrived(accounts[model]!, now, found),
    served: (model: number, ms: number) => shares.served(accounts[model]!, ms),
    isActive: (model: number, now: number) => shares.isActive(accounts[model]!, now),
    servedMs: (model: number) => accounts[model]!.servedMs,
  };
}

t.test('an account starts at 0 and is charged for the work of its model', async (t) => {
  const made = setup(3);
  made.served(1, 7);
  made.served(1, 5);
  t.same(
    [0, 1, 2].map((model) => made.servedMs(model)),
    [0, 12, 0],
  );
});

t.test('a model that was idle resumes at the virtual time', async (t) => {
  const made = setup(2);
  made.served(0, 100);
  made.served(0, 100);
  made.arrived(1, 0, FRESH);
  t.equal(made.servedMs(1), 100, 'not at 0: it is not paid for the time that it did not use');
});

t.test('a model with rows queued keeps its account', async (t) => {
  const made = setup(2);
  made.arrived(1, 0, FRESH);
  made.served(0, 100);
  made.served(0, 100);
  made.arrived(1, 0, WAITING);
  t.equal(made.servedMs(1), 0, 'it is owed its turns');
});

t.test('a model that was served more than the others gets no credit for a pause', async (t) => {
  const made = setup(2);
  made.served(0, 500);
  made.served(1, 10);
  made.arrived(0, 0, FRESH);
  t.equal(made.servedMs(0), 500);
});

t.test('a model is active for ten seconds after a request, and before its first it is not', async (t) => {
  const made = setup(2);
  t.notOk(made.isActive(0, 0));
  made.arrived(0, 1000, FRESH);
  t.ok(made.isActive(0, 1000));
  t.ok(made.isActive(0, 1000 + ACTIVE_MS - 1));
  t.notOk(made.isActive(0, 1000 + ACTIVE_MS));
  t.notOk(made.isActive(1, 1000), 'a request for one is none for another');
});

t.test('the busy share moves an eighth of the way to each arrival’s observation', async (t) => {
  const made = setup(1);
  t.equal(made.shares.busyShare, 0);
  made.arrived(0, 0, { ...FRESH, busy: true });
  t.equal(made.shares.busyShare, 1 / 8);
  for (let request = 0; request < 100; request++) made.arrived(0, 0, WAITING);
  t.ok(made.shares.busyShare > 0.999 && made.shares.busyShare < 1);
  for (let request = 0; request < 100; request++) made.arrived(0, 0, FRESH);
  t.ok(made.shares.busyShare < 0.001);
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
      const made = setup(3);
      for (const model of [0, 1, 2]) made.arrived(model, 0, FRESH);
      for (const durations of sequence) {
        const served = durations.map((_, model) => made.servedMs(model));
        const next = served.indexOf(Math.min(...served));
        made.served(next, durations[next]!);
        made.arrived(next, 0, WAITING);
        const after = durations.map((_, model) => made.servedMs(model));
        const longest = Math.max(...sequence.flat());
        assert.ok(Math.max(...after) - Math.min(...after) <= longest);
      }
    }),
  );
});

t.test('a model that comes and goes never falls behind by more than the longest batch', async () => {
  const steps = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.double({ min: 0.1, max: 100, noNaN: true })), {
    maxLength: 80,
  });
  fc.assert(
    fc.property(steps, (sequence) => {
      const made = setup(3);
      const waiting = new Set<number>();
      for (const [model, ms] of sequence) {
        // One comes, and the one that has had the least of those that wait is served.
        made.arrived(model, 0, { backlogged: waiting.has(model), busy: false });
        waiting.add(model);
        const next = [...waiting].reduce((least, one) =>
          made.servedMs(one) < made.servedMs(least) ? one : least,
        );
        made.served(next, ms);
        if (ms < 50) waiting.delete(next);
        const owed = [...waiting].map((one) => made.servedMs(one));
        assert.ok(Math.max(...owed, 0) - Math.min(...owed, Infinity) <= 100 || owed.length < 2);
      }
    }),
  );
});
