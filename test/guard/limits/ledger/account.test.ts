import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { charge, idleAt, newAccount } from '../../../../src/guard/limits/ledger/account.ts';
import { DAY_MS, policyOf, shareOf } from '../../../../src/guard/limits/policy.ts';

const HOUR_MS = 3_600_000;
const prediction = { cost: 1, held: 0, daily: true };
const look = { ...prediction, daily: false };
const both = policyOf({ rate: { count: 2, windowMs: 1000 }, daily: 3 }, 'requests')!;
const dailyOnly = policyOf({ daily: 2 }, 'requests')!;

t.test('a day begins with the first prediction, and ends 24 hours later', async (t) => {
  const account = newAccount();
  const at = (now: number) => {
    const { refusedBy, retryMs, daily } = charge(account, dailyOnly, prediction, now);
    return [refusedBy, daily?.remaining, retryMs];
  };
  t.strictSame(at(HOUR_MS), [undefined, 1, 0]);
  t.strictSame(at(2 * HOUR_MS), [undefined, 0, 0]);
  t.strictSame(at(3 * HOUR_MS), ['daily', 0, DAY_MS - 2 * HOUR_MS]);
  t.strictSame(at(HOUR_MS + DAY_MS - 1), ['daily', 0, 1]);
  t.strictSame(at(HOUR_MS + DAY_MS), [undefined, 1, 0]);
});

t.test('only what counts for the day is counted, and is told what is left', async (t) => {
  const account = newAccount();
  t.match(charge(account, dailyOnly, look, 0), { refusedBy: undefined, daily: { remaining: 2, nextMs: 0 } });
  charge(account, dailyOnly, { ...prediction, cost: 2 }, 0);
  t.match(charge(account, dailyOnly, look, 0), {
    refusedBy: undefined,
    daily: { remaining: 0, nextMs: DAY_MS },
  });
});

t.test('a request that one limit refuses is charged to none', async (t) => {
  const account = newAccount();
  charge(account, both, prediction, 0);
  charge(account, both, prediction, 0);
  t.match(charge(account, both, prediction, 0), { refusedBy: 'rate', retryMs: 500, daily: { remaining: 1 } });
  t.match(charge(account, both, prediction, 500), { refusedBy: undefined, daily: { remaining: 0 } });
  t.match(charge(account, both, prediction, 5000), { refusedBy: 'daily', rate: { remaining: 2 } });
  t.match(charge(account, both, look, 5000), { refusedBy: undefined, rate: { remaining: 1 } });
});

t.test('an account is idle when forgetting it makes no difference', async () => {
  const steps = fc.array(
    fc.record({
      pause: fc.nat({ max: 2 * DAY_MS }),
      daily: fc.boolean(),
      cost: fc.integer({ min: 1, max: 4 }),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(steps, (given) => {
      const account = newAccount();
      let now = 0;
      for (const { pause, daily, cost } of given) {
        now += pause;
        if (idleAt(account) <= now) {
          const request = { cost, held: 0, daily };
          assert.deepEqual(
            standing(charge({ ...account }, both, request, now), now),
            standing(charge(newAccount(), both, request, now), now),
          );
        }
        charge(account, both, { cost, held: 0, daily }, now);
      }
    }),
  );
  function standing({ refusedBy, retryMs, rate, daily }: ReturnType<typeof charge>, now: number): unknown {
    return [refusedBy, Math.round(retryMs), rate?.remaining, daily?.remaining, now];
  }
});

t.test('the shares of replicas add up to no more than the whole, where it can be divided', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 20 }),
      (count, daily, replicas) => {
        const whole = policyOf({ rate: { count, windowMs: 1000 }, daily, concurrency: 4 }, 'requests')!;
        const share = shareOf(whole, replicas);
        assert.ok(Math.abs(replicas / share.bucket!.unitMs - count / 1000) < 1e-9);
        assert.ok(share.bucket!.burst === 1 || share.bucket!.burst * replicas <= count);
        assert.ok(share.daily === 1 || share.daily! * replicas <= daily);
        assert.equal(share.concurrency, 4);
      },
    ),
  );
});

t.test('without any limit there is no policy', async (t) => {
  t.equal(policyOf({}, 'requests'), undefined);
  t.equal(policyOf({ burst: 5 }, 'requests'), undefined);
});
