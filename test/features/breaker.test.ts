import t from 'tap';
import { allows, called, CLOSED, failed, type Breaker } from '../../src/features/breaker.ts';

const after = (failures: number, now = 0, from: Breaker = CLOSED): Breaker =>
  Array.from({ length: failures }).reduce<Breaker>((breaker) => failed(breaker, now), from);

t.test('four failures in a row leave it closed, the fifth opens it', async (t) => {
  t.ok(allows(after(4), 0));
  t.notOk(allows(after(5), 0));
  t.match(after(5), { state: 'open', until: 1000 });
});

t.test('after the wait one call is a trial, and no other goes out beside it', async (t) => {
  const open = after(5);
  t.notOk(allows(open, 999));
  t.ok(allows(open, 1000));
  const trying = called(open);
  t.equal(trying.state, 'trying');
  t.notOk(allows(trying, 5000));
});

t.test('each trial that fails doubles the wait, up to half a minute', async (t) => {
  let breaker = after(5);
  const waits: number[] = [];
  for (let trial = 0; trial < 7; trial++) {
    breaker = failed(called(breaker), 0);
    if (breaker.state === 'open') waits.push(breaker.until);
  }
  t.strictSame(waits, [2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

t.test('a call that began before it opened does not lengthen the wait', async (t) => {
  const open = after(5);
  t.strictSame(failed(open, 900), open);
});

t.test('a call leaves a closed breaker as it is', async (t) => t.equal(called(CLOSED), CLOSED));
