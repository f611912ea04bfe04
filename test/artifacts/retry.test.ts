import t from 'tap';
import { retrying, Transient, waitOf } from '../../src/artifacts/retry.ts';
import { StoreUnreachable } from '../../src/outbound/store/connection.ts';
import { FakeClock } from '../support/fake-clock.ts';

t.test('what may go well the next time is tried again, more and more rarely', async (t) => {
  const clock = new FakeClock();
  const at: number[] = [];
  const result = retrying({ clock, attempts: 6, random: () => 1 }, undefined, async () => {
    at.push(clock.now());
    if (at.length < 5) throw new StoreUnreachable('gone');
    return 'there';
  });
  await clock.pass(60_000);
  t.equal(await result, 'there');
  t.same(at, [0, 500, 1500, 3500, 7500]);
});

t.test('what a store asks to wait is waited, unless it is too long', async (t) => {
  const clock = new FakeClock();
  let tried = 0;
  const result = retrying({ clock, attempts: 6, random: () => 0 }, undefined, async () => {
    if (++tried === 1) throw new Transient('busy', 7000);
    return clock.now();
  });
  await clock.pass(60_000);
  t.equal(await result, 7000);
  const long = retrying({ clock, attempts: 6 }, undefined, async () => {
    throw new Transient('busy', 3_600_000);
  });
  await t.rejects(long, { fault: 'unreachable', message: 'busy.' });
});

t.test('what is out of the way is not waited for, and other errors end it', async (t) => {
  const clock = new FakeClock();
  let tried = 0;
  t.equal(
    await retrying({ clock, attempts: 2 }, undefined, async () => {
      if (++tried === 1) throw new Transient('expired', 0);
      return tried;
    }),
    2,
  );
  await t.rejects(
    retrying({ clock, attempts: 9 }, undefined, async () => {
      throw new RangeError('ours');
    }),
    RangeError,
  );
});

t.test('the last failure is what is said, with the number of attempts', async (t) => {
  const clock = new FakeClock();
  const result = retrying({ clock, attempts: 3 }, undefined, async () => {
    throw new StoreUnreachable('host: gone');
  });
  result.catch(() => undefined);
  await clock.pass(60_000);
  await t.rejects(result, { fault: 'unreachable', message: 'host: gone (3 attempts).' });
});

t.test('a signal ends the wait', async (t) => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const result = retrying({ clock, attempts: 9 }, stop.signal, async () => {
    throw new StoreUnreachable('gone');
  });
  result.catch(() => undefined);
  await clock.pass(0);
  stop.abort(new Error('stopped'));
  await t.rejects(result, /stopped/);
  t.equal(clock.pending, 0);
});

t.test('Retry-After counts seconds', async (t) => {
  t.same(['2', ' 30 ', '0', '-1', 'Fri, 24 May 2013 00:00:00 GMT', '9999999', undefined].map(waitOf), [
    2000,
    30_000,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
