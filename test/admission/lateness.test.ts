import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { allowance, lateBy, type TimeLimits } from '../../src/admission/lateness.ts';

const LIMITS: TimeLimits = { sloMs: 200, timeLeftMs: undefined, lagMs: 0, error: 1 };
/** Work of `ownMs` that waits for `startsInMs`. */
const late = (startsInMs: number, ownMs: number, changed: Partial<TimeLimits> = {}): number =>
  lateBy({ startsInMs, finishesInMs: startsInMs + ownMs }, { ...LIMITS, ...changed });

t.test('work that can start at once is accepted, whatever its duration and deadline', async (t) => {
  t.equal(late(0, 10_000, { error: 5 }), 0);
  t.equal(late(0, 10_000, { timeLeftMs: 1 }), 0);
});

t.test('work predicted within the SLO is accepted; other work is late by the difference', async (t) => {
  t.equal(late(190, 10), 0);
  t.equal(late(191, 10), 1);
  t.equal(late(1000, 10), 810);
});

t.test('the predicted finish is multiplied by the recent error', async (t) => {
  t.equal(late(90, 10, { error: 2 }), 0);
  t.equal(late(90, 10, { error: 2.5 }), 50);
});

t.test('work that takes most of the objective by itself may wait for half of it', async (t) => {
  t.equal(allowance(200, 100), 200);
  t.equal(allowance(200, 150), 250);
  t.equal(late(100, 150), 0);
  t.equal(late(101, 150), 1);
});

t.test('the client’s deadline replaces the SLO, whether longer or shorter', async (t) => {
  t.equal(late(290, 10, { timeLeftMs: 300 }), 0);
  t.equal(late(291, 10, { timeLeftMs: 300 }), 1);
  t.equal(late(40, 10, { timeLeftMs: 30 }), 20);
  t.equal(late(100, 150, { timeLeftMs: 200 }), 50, 'and gives no half for work that is long');
  t.equal(late(10, 10, { timeLeftMs: -5 }), 25, 'also when it has passed');
});

const ms = fc.double({ min: 0, max: 10_000, noNaN: true });
const errors = fc.double({ min: 1, max: 10, noNaN: true });

t.test('a client that retries after Retry-After is accepted, if the queue has shrunk', async () => {
  fc.assert(
    fc.property(ms, ms, ms, errors, (startsInMs, ownMs, sloMs, error) => {
      const by = late(startsInMs, ownMs, { sloMs, error });
      assert.ok(by >= 0);
      assert.ok(late(Math.max(0, startsInMs - by), ownMs, { sloMs, error }) <= 1e-6);
    }),
  );
});

t.test(
  'the objective counts the time before a request was read, a deadline has counted it already',
  async (t) => {
    t.equal(late(150, 40, { lagMs: 10 }), 0);
    t.equal(late(150, 40, { lagMs: 30 }), 20);
    t.equal(late(150, 40, { lagMs: 30, timeLeftMs: 190 }), 0);
  },
);
