/** The script for Redis does what the accounts of one process do. Needs redis-server. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { systemClock as clock } from '../../src/clock.ts';
import { charge, newAccount } from '../../src/guard/limits/ledger/account.ts';
import { policyOf } from '../../src/guard/limits/policy.ts';
import { argsOf, keysOf, limitScript, standingOf } from '../../src/guard/limits/ledger/script.ts';
import { SharedScript } from '../../src/outbound/redis.ts';
import { until } from '../support/http-client.ts';
import { REDIS_SERVER, startRedis } from '../support/redis.ts';

const skip = REDIS_SERVER === undefined ? 'there is no redis-server' : false;
const quiet = { usable: () => undefined, unusable: () => undefined };

async function opened(t: Parameters<typeof startRedis>[0]) {
  const redis = await startRedis(t);
  const url = `redis://127.0.0.1:${redis.port}`;
  const script = new SharedScript({ url, timeoutMs: 10_000, clock, events: quiet }, limitScript('test'));
  t.teardown(() => script.close());
  await until(() => script.usable);
  return { redis, script };
}

t.test('every sequence of requests gets the same verdicts, and is told the same', { skip }, async (t) => {
  const { script } = await opened(t);
  let sequence = 0;
  const limits = fc.record({
    // So slow that nothing comes back during the test.
    rate: fc.option(
      fc.record({ count: fc.integer({ min: 1, max: 20 }), windowMs: fc.constant(86_400_000) }),
      { nil: undefined },
    ),
    burst: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    daily: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
  });
  const charges = fc.array(
    fc.record({ cost: fc.integer({ min: 1, max: 25 }), held: fc.constantFrom(0, 1), daily: fc.boolean() }),
    { maxLength: 15 },
  );
  await fc.assert(
    fc.asyncProperty(limits, charges, async (given, asked) => {
      const policy = policyOf(given, 'requests');
      if (policy === undefined) return;
      const account = newAccount();
      const keys = keysOf('test', String(sequence++));
      for (const one of asked) {
        const reply = await script.run(keys, argsOf(policy, one));
        const [ours, local] = [standingOf(reply, policy), charge(account, policy, one, 1)].map(told);
        for (const [index, value] of ours!.entries()) {
          const other = local![index];
          // The test takes less than 36 seconds.
          const same = typeof value === 'number' ? Math.abs(value - Number(other)) < 0.01 : value === other;
          assert.ok(same, `${String(value)} and ${String(other)}`);
        }
      }
    }),
    { numRuns: 300 },
  );
  /** In hours. */
  function told({ refusedBy, retryMs, rate, daily }: ReturnType<typeof charge>) {
    const hours = (ms = 0) => ms / 3_600_000;
    const left = [rate?.remaining, hours(rate?.nextMs), daily?.remaining, hours(daily?.nextMs)];
    return [refusedBy, hours(retryMs), ...left];
  }
});

t.test('units come back by the clock of Redis', { skip }, async (t) => {
  const { script } = await opened(t);
  const policy = policyOf({ rate: { count: 20, windowMs: 1000 }, burst: 1 }, 'requests')!;
  const one = { cost: 1, held: 0, daily: true };
  const ask = async () => standingOf(await script.run(keysOf('test', 'a'), argsOf(policy, one)), policy);
  t.equal((await ask()).refusedBy, undefined);
  let refused = 0;
  await until(async () => {
    const { refusedBy, retryMs } = await ask();
    if (refusedBy === 'rate') refused++;
    if (refusedBy === 'rate' && (retryMs > 50 || retryMs < 1)) t.fail(`${retryMs} ms`);
    return refusedBy === undefined;
  });
  t.ok(refused > 0);
});

t.test('a clock that is set back, or keys that others have written, lock nobody out', { skip }, async (t) => {
  const { script, redis } = await opened(t);
  const policy = policyOf({ rate: { count: 100, windowMs: 1000 }, burst: 2, daily: 5 }, 'requests')!;
  const one = { cost: 1, held: 0, daily: true };
  const ask = async (name: string) =>
    standingOf(await script.run(keysOf('test', name), argsOf(policy, one)), policy).refusedBy;
  const later = (Date.now() - 1_600_000_000_000 + 3_600_000) * 1000;
  await redis.ask('SET', keysOf('test', 'back')[0], `2.000000 ${later}.000`);
  t.equal(await ask('back'), 'rate', 'nothing has come back yet');
  await until(async () => (await ask('back')) === undefined);
  for (const [name, value] of Object.entries({ empty: '', text: 'x y', list: '1 2 3' })) {
    await redis.ask('SET', keysOf('test', name)[0], value);
    await redis.ask('SET', keysOf('test', name)[1], value);
  }
  await redis.ask('SET', keysOf('test', 'endless')[1], '5');
  t.equal(
    await ask('empty').catch(() => 'failed'),
    'failed',
    'INCRBY refuses a text: the server is judged alone',
  );
  t.equal(await ask('endless'), 'daily');
  t.match(await redis.ask('PTTL', keysOf('test', 'endless')[1]), /^:\d{7,8}\r/, 'the day has an end now');
});

t.test('keys do not outlive what they say', { skip }, async (t) => {
  const { script, redis } = await opened(t);
  const policy = policyOf({ rate: { count: 10, windowMs: 1000 }, daily: 5 }, 'requests')!;
  const keys = keysOf('test', 'key:shop');
  await script.run(keys, argsOf(policy, { cost: 1, held: 0, daily: true }));
  t.match(await redis.ask('PTTL', keys[0]), /^:1[01]?\d\d\r/);
  t.match(await redis.ask('PTTL', keys[1]), /^:86\d{6}\r/);
});
