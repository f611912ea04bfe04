import t from 'tap';
import type { Limits } from '../../../src/guard/limits/limits.ts';
import type { Identity } from '../../../src/guard/identity.ts';
import type { Access } from '../../../src/http/route-facts.ts';
import type { ExchangeUnderTest } from '../../http/fixtures/exchange.ts';
import { from, keyOf, limitsWith } from './fixtures/parts.ts';

const HOME = [192, 0, 2, 1];
const ONE_A_SECOND = { rate: { count: 1, windowMs: 1000 } };
const ANSWER = { contentType: 'text/plain', body: '' };

/** Admits a request and returns its headers, or the code it is refused with; it stays open if it is admitted. */
function ask(
  limits: Limits,
  made: ExchangeUnderTest = from(HOME),
  identity?: Identity,
  access: Access = 'predict',
): string | undefined {
  try {
    const admitted = limits.admit(made.exchange, identity, access);
    if (admitted !== undefined) throw new Error('it had to wait');
    return undefined;
  } catch (error) {
    made.exchange.fail(error);
    return (JSON.parse(made.response.body!) as { code: string }).code;
  }
}

t.test('an address is refused beyond its rate, and told when to come again', async (t) => {
  const { limits, clock, refused } = limitsWith({ addresses: ONE_A_SECOND });
  const first = from(HOME);
  t.equal(ask(limits, first), undefined);
  first.exchange.answer(ANSWER);
  t.equal(first.response.headers.get('ratelimit'), '"rate";r=0;t=1');
  t.equal(first.response.headers.get('ratelimit-policy'), '"rate";q=1;w=1');
  const second = from(HOME);
  t.equal(ask(limits, second), 'RATE_LIMITED');
  t.equal(second.response.status, '429 Too Many Requests');
  t.equal(second.response.headers.get('retry-after'), '1');
  t.equal(second.response.headers.get('ratelimit'), '"rate";r=0;t=1');
  t.equal(ask(limits, from([192, 0, 2, 2])), undefined, 'another address');
  clock.advance(1000);
  t.equal(ask(limits), undefined);
  t.strictSame(refused, ['address rate']);
});

t.test('all addresses of a /64 are one client', async (t) => {
  const { limits } = limitsWith({ addresses: ONE_A_SECOND });
  const v6 = (network: number, host: number) =>
    from([32, 1, 0, network, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host]);
  t.equal(ask(limits, v6(1, 1)), undefined);
  t.equal(ask(limits, v6(1, 2)), 'RATE_LIMITED');
  t.equal(ask(limits, v6(2, 1)), undefined);
});

t.test('probes and what browsers ask first are never limited', async (t) => {
  const { limits } = limitsWith({ addresses: ONE_A_SECOND });
  ask(limits);
  t.equal(ask(limits, from(HOME), undefined, 'anyone'), undefined);
  t.equal(ask(limits, from(HOME, 'OPTIONS')), undefined);
  t.equal(ask(limits, from(HOME), undefined, 'read'), 'RATE_LIMITED');
});

t.test('a caller that is known counts by its key, wherever it calls from', async (t) => {
  const { limits } = limitsWith({ addresses: ONE_A_SECOND, known: ONE_A_SECOND });
  t.equal(ask(limits, from(HOME), keyOf('shop')), undefined);
  t.equal(ask(limits, from([192, 0, 2, 9]), keyOf('shop')), 'RATE_LIMITED');
  t.equal(ask(limits, from(HOME), keyOf('till')), undefined);
  t.equal(ask(limits, from(HOME), { ...keyOf('shop'), kind: 'token' }), undefined, 'a user of the same name');
  t.equal(ask(limits), undefined, 'its address has used nothing');
});

t.test('a key has its own limits, and those of the settings for what it leaves open', async (t) => {
  const { limits } = limitsWith({ known: { ...ONE_A_SECOND, burst: 2, daily: 3 } });
  const own = keyOf('shop', { rate: { count: 5, windowMs: 1000 } });
  const made = from(HOME);
  ask(limits, made, own);
  made.exchange.answer(ANSWER);
  t.equal(made.response.headers.get('ratelimit-policy'), '"rate";q=5;w=1, "daily";q=3;w=86400');
  const daily = from(HOME);
  ask(limits, daily, keyOf('other', { daily: 9 }));
  daily.exchange.answer(ANSWER);
  t.equal(
    daily.response.headers.get('ratelimit-policy'),
    '"rate";q=1;w=1;ortolan-burst=2, "daily";q=9;w=86400',
  );
});

t.test('where nothing is set for it, a caller is not limited', async (t) => {
  const { limits } = limitsWith({ addresses: ONE_A_SECOND });
  for (let request = 0; request < 100; request++) t.equal(ask(limits, from(HOME), keyOf('shop')), undefined);
  t.equal(limits.size, 0);
});

t.test('requests in flight are counted until they end, however that is', async (t) => {
  const { limits, refused } = limitsWith({ addresses: { concurrency: 2 } });
  const [one, two, three] = [from(HOME), from(HOME), from(HOME)];
  t.equal(ask(limits, one), undefined);
  t.equal(ask(limits, two), undefined);
  t.equal(ask(limits, three), 'RATE_LIMITED');
  t.equal(three.response.headers.get('ratelimit'), '"concurrency";r=0');
  one.response.abort();
  t.equal(ask(limits), undefined);
  t.equal(ask(limits), 'RATE_LIMITED');
  two.exchange.fail(new Error('broken'));
  t.equal(ask(limits), undefined);
  t.strictSame(refused, ['address concurrency', 'address concurrency']);
});

t.test('a request that its rate refuses is in flight no more', async (t) => {
  const { limits, clock } = limitsWith({ addresses: { ...ONE_A_SECOND, concurrency: 1 } });
  const first = from(HOME);
  ask(limits, first);
  first.exchange.answer(ANSWER);
  for (let request = 0; request < 5; request++) t.equal(ask(limits), 'RATE_LIMITED');
  clock.advance(1000);
  t.equal(ask(limits), undefined);
});

t.test('the day is used up by predictions only', async (t) => {
  const { limits } = limitsWith({ addresses: { daily: 1 } });
  t.equal(ask(limits, from(HOME), undefined, 'read'), undefined);
  t.equal(ask(limits), undefined);
  const refused = from(HOME);
  t.equal(ask(limits, refused), 'QUOTA_EXCEEDED');
  t.equal(refused.response.headers.get('retry-after'), '86400');
  t.equal(ask(limits, from(HOME), undefined, 'read'), undefined);
});

t.test('rows are charged once they are known, and the answer has what is left then', async (t) => {
  const { limits, clock } = limitsWith({ addresses: { rate: { count: 10, windowMs: 1000 } }, unit: 'rows' });
  const first = from(HOME);
  ask(limits, first);
  void limits.chargeRows(first.exchange, 7);
  first.exchange.answer(ANSWER);
  t.equal(first.response.headers.get('ratelimit'), '"rate";r=3;t=1');
  t.equal(first.response.headers.get('ratelimit-policy'), '"rate";q=10;qu="rows";w=1');
  const second = from(HOME);
  t.equal(ask(limits, second), undefined, 'its head costs one row');
  t.throws(() => limits.chargeRows(second.exchange, 7), { code: 'RATE_LIMITED', retryAfterSeconds: 1 });
  clock.advance(500);
  const third = from(HOME);
  ask(limits, third);
  t.doesNotThrow(() => limits.chargeRows(third.exchange, 7));
});

t.test('rows are not charged where requests are counted', async (t) => {
  const { limits } = limitsWith({ addresses: ONE_A_SECOND });
  const made = from(HOME);
  ask(limits, made);
  t.equal(limits.chargeRows(made.exchange, 1000), undefined);
});

t.test('Envoy is told that a retry is of no use', async (t) => {
  const { limits } = limitsWith({ addresses: ONE_A_SECOND, style: 'envoy' });
  ask(limits);
  const made = from(HOME);
  ask(limits, made);
  t.equal(made.response.headers.get('x-envoy-ratelimited'), 'true');
  t.equal(made.response.headers.get('x-ratelimit-remaining'), '0');
  t.equal(made.response.headers.get('ratelimit'), undefined);
});

t.test(
  'a client that has left while another process was asked is told nothing, and holds nothing',
  async (t) => {
    let answer: (value: never) => void = () => undefined;
    const ledger = { size: 0, charge: () => new Promise<never>((resolve) => (answer = resolve)) };
    const { limits } = limitsWith({ addresses: { ...ONE_A_SECOND, concurrency: 1 }, ledger: () => ledger });
    const gone = from(HOME);
    const admitted = limits.admit(gone.exchange, undefined, 'predict');
    gone.response.abort();
    answer({ refusedBy: 'rate', retryMs: 5, rate: undefined, daily: undefined } as never);
    await admitted;
    const next = from(HOME);
    void limits.admit(next.exchange, undefined, 'predict');
    t.equal(next.exchange.ended, false);
  },
);
