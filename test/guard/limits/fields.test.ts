import t from 'tap';
import { PolicyFields, type FieldStyle } from '../../../src/guard/limits/fields.ts';
import { policyOf } from '../../../src/guard/limits/policy.ts';

const POLICY = policyOf(
  { rate: { count: 600, windowMs: 60_000 }, burst: 20, concurrency: 4, daily: 1000 },
  'requests',
)!;
const LEFT = {
  rate: { remaining: 19, nextMs: 100 },
  concurrency: { remaining: 3, nextMs: 0 },
  daily: { remaining: 998, nextMs: 3_600_001 },
};

const fieldsOf = (style: FieldStyle) => Object.fromEntries(new PolicyFields(POLICY, style).of(LEFT));

t.test('callers are told of every limit by the fields of the draft', async (t) => {
  t.strictSame(fieldsOf('draft'), {
    'ratelimit-policy':
      '"rate";q=600;w=60;ortolan-burst=20, "concurrency";q=4;qu="concurrent-requests", "daily";q=1000;w=86400',
    ratelimit: '"rate";r=19;t=1, "concurrency";r=3, "daily";r=998;t=3601',
  });
});

t.test('the fields of Envoy have the limit that is nearest', async (t) => {
  t.strictSame(fieldsOf('envoy'), {
    'x-ratelimit-limit': '600, 600;w=60;name="rate", 1000;w=86400;name="daily"',
    'x-ratelimit-remaining': '19',
    'x-ratelimit-reset': '1',
  });
  t.strictSame(Object.keys(fieldsOf('both')), [
    'ratelimit-policy',
    'ratelimit',
    'x-ratelimit-limit',
    'x-ratelimit-remaining',
    'x-ratelimit-reset',
  ]);
  t.strictSame(fieldsOf('off'), {});
});

t.test('rows are a unit of their own, and requests in flight are none of them', async (t) => {
  const rows = policyOf({ rate: { count: 5, windowMs: 1000 }, concurrency: 2, daily: 9 }, 'rows')!;
  const [, policy] = new PolicyFields(rows, 'draft').of(LEFT)[0]!;
  t.equal(
    policy,
    '"rate";q=5;qu="rows";w=1, "concurrency";q=2;qu="concurrent-requests", "daily";q=9;qu="rows";w=86400',
  );
});

t.test('what is not known is left out', async (t) => {
  const none = { rate: undefined, concurrency: undefined, daily: undefined };
  t.strictSame(
    new PolicyFields(POLICY, 'both').of(none).map(([name]) => name),
    ['ratelimit-policy'],
  );
});
