import t from 'tap';
import { from, keyOf, limitsWith } from './fixtures/parts.ts';

const HOME = [192, 0, 2, 1];
const THREE_A_MINUTE = { count: 3, windowMs: 60_000 };

t.test('an address that sends only wrong credentials is not looked at any more', async (t) => {
  const { limits, clock, refused } = limitsWith({ failures: THREE_A_MINUTE });
  for (let attempt = 0; attempt < 3; attempt++) {
    limits.attempted(from(HOME).exchange);
    limits.refused(from(HOME).exchange);
  }
  t.throws(() => limits.attempted(from(HOME).exchange), { code: 'RATE_LIMITED', retryAfterSeconds: 20 });
  t.doesNotThrow(() => limits.attempted(from([192, 0, 2, 2]).exchange));
  t.strictSame(refused, ['address failures']);
  clock.advance(20_000);
  t.doesNotThrow(() => limits.attempted(from(HOME).exchange), 'one more');
  limits.refused(from(HOME).exchange);
  t.throws(() => limits.attempted(from(HOME).exchange), { code: 'RATE_LIMITED' });
});

t.test('others behind the same address are not stopped with it', async (t) => {
  const { limits, clock } = limitsWith({ failures: THREE_A_MINUTE });
  const wrong = () => {
    limits.attempted(from(HOME).exchange);
    limits.refused(from(HOME).exchange);
  };
  wrong();
  void limits.admit(from(HOME).exchange, keyOf('shop'), 'predict');
  for (let attempt = 0; attempt < 100; attempt++) wrong();
  clock.advance(300_000);
  for (let attempt = 0; attempt < 3; attempt++) wrong();
  t.throws(
    () => limits.attempted(from(HOME).exchange),
    { code: 'RATE_LIMITED' },
    'no valid ones for too long',
  );
});

t.test('a refusal by the limit is no further failure', async (t) => {
  const { limits, clock } = limitsWith({ failures: THREE_A_MINUTE });
  for (let attempt = 0; attempt < 3; attempt++) limits.refused(from(HOME).exchange);
  for (let attempt = 0; attempt < 50; attempt++) t.throws(() => limits.attempted(from(HOME).exchange));
  clock.advance(60_000);
  for (let attempt = 0; attempt < 3; attempt++) {
    t.doesNotThrow(() => limits.attempted(from(HOME).exchange));
    limits.refused(from(HOME).exchange);
  }
});

t.test('without failures nothing is kept, and with them no more than the bound', async (t) => {
  const { limits } = limitsWith({ failures: THREE_A_MINUTE });
  for (let host = 0; host < 200; host++) {
    const { exchange } = from([10, 0, 0, host]);
    limits.attempted(exchange);
    void limits.admit(exchange, keyOf('shop'), 'predict');
  }
  t.equal(limits.size, 0);
});
