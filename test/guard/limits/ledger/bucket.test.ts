import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { take, type Bucket } from '../../../../src/guard/limits/ledger/bucket.ts';

const buckets: fc.Arbitrary<Bucket> = fc.record({
  burst: fc.integer({ min: 1, max: 50 }),
  unitMs: fc.double({ min: 0.01, max: 5000, noNaN: true }),
});
/** Pauses in units, and costs. */
const requests = fc.array(
  fc.record({ pause: fc.double({ min: 0, max: 5, noNaN: true }), cost: fc.integer({ min: 1, max: 60 }) }),
  { minLength: 1, maxLength: 60 },
);

t.test('a full bucket gives its burst at once, and then one unit at a time', async (t) => {
  const bucket = { burst: 3, unitMs: 100 };
  let fullAt = -Infinity;
  const verdicts = [0, 0, 0, 0, 99, 100, 100].map((now) => {
    const taken = take(bucket, fullAt, now, 1);
    ({ fullAt } = taken);
    const { allowed, remaining, nextMs, retryMs } = taken;
    return [allowed, remaining, Math.round(nextMs), Math.round(retryMs)];
  });
  t.strictSame(verdicts, [
    [true, 2, 100, 0],
    [true, 1, 100, 0],
    [true, 0, 100, 0],
    [false, 0, 100, 100],
    [false, 0, 1, 1],
    [true, 0, 100, 0],
    [false, 0, 100, 100],
  ]);
});

t.test('no stretch of time gets more than the burst and what came back in it', async () => {
  fc.assert(
    fc.property(buckets, requests, (bucket, asked) => {
      let [now, fullAt] = [0, -Infinity];
      const paid: { at: number; cost: number }[] = [];
      for (const { pause, cost: wanted } of asked) {
        const cost = Math.min(wanted, bucket.burst);
        now += pause * bucket.unitMs;
        const taken = take(bucket, fullAt, now, cost);
        ({ fullAt } = taken);
        if (taken.allowed) paid.push({ at: now, cost });
      }
      for (const [first, { at }] of paid.entries()) {
        let sum = 0;
        for (const later of paid.slice(first)) {
          sum += later.cost;
          assert.ok(sum <= bucket.burst + (later.at - at) / bucket.unitMs + 0.001);
        }
      }
    }),
  );
});

t.test('who waits as long as a refusal says is let through, and nobody before', async () => {
  fc.assert(
    fc.property(buckets, requests, fc.integer({ min: 0, max: 1 }), (bucket, asked, held) => {
      let [now, fullAt] = [0, -Infinity];
      for (const { pause, cost } of asked) {
        now += pause * bucket.unitMs;
        const taken = take(bucket, fullAt, now, cost, held);
        ({ fullAt } = taken);
        if (taken.allowed) continue;
        assert.ok(taken.retryMs > 0);
        assert.ok(take(bucket, fullAt, now + taken.retryMs, cost, held).allowed);
        assert.ok(!take(bucket, fullAt, now + taken.retryMs - 0.01 * bucket.unitMs, cost + held).allowed);
      }
    }),
  );
});

t.test('a refusal costs nothing, and what is said to be left is there', async () => {
  fc.assert(
    fc.property(buckets, requests, (bucket, asked) => {
      let [now, fullAt] = [0, -Infinity];
      for (const { pause, cost } of asked) {
        now += pause * bucket.unitMs;
        const taken = take(bucket, fullAt, now, cost);
        if (!taken.allowed) assert.equal(taken.fullAt, fullAt);
        ({ fullAt } = taken);
        assert.ok(taken.remaining >= 0 && taken.remaining <= bucket.burst);
        if (taken.remaining > 0) assert.ok(take(bucket, fullAt, now, taken.remaining).allowed);
        assert.equal(
          take(bucket, fullAt, now + taken.nextMs, 0).remaining > taken.remaining,
          taken.nextMs > 0,
        );
      }
    }),
  );
});

t.test(
  'a request of more units than the bucket holds has to find it full, and pays for all of them',
  async (t) => {
    const bucket = { burst: 10, unitMs: 1 };
    const { allowed, fullAt, remaining } = take(bucket, -Infinity, 0, 50);
    t.strictSame([allowed, fullAt, remaining], [true, 50, 0]);
    t.strictSame([take(bucket, fullAt, 40, 1).allowed, take(bucket, fullAt, 41, 1).allowed], [false, true]);
    t.equal(take(bucket, 5, 0, 50).allowed, false, 'it is not full');
    // It has paid one before, by its head.
    const head = take(bucket, -Infinity, 0, 1);
    t.equal(take(bucket, head.fullAt, 0, 49, 1).fullAt, 50);
  },
);

t.test('as many as the rate counts come back in its window, in spite of fractions', async (t) => {
  const bucket = { burst: 3, unitMs: 1000 / 3 };
  let fullAt = -Infinity;
  for (let second = 0; second < 1000; second++) {
    for (let request = 0; request < 3; request++) {
      const taken = take(bucket, fullAt, second * 1000, 1);
      ({ fullAt } = taken);
      if (!taken.allowed) t.fail(`request ${request} of second ${second}`);
    }
  }
  t.equal(take(bucket, fullAt, 999_000, 1).allowed, false);
});
