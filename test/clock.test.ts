import t from 'tap';
import { systemClock } from '../src/clock.ts';

t.test('never runs backwards', async (t) => {
  const times = Array.from({ length: 100 }, () => systemClock.now());
  t.ok(times.every((time, index) => index === 0 || time >= times[index - 1]!));
});

t.test('runs a task once, and not before its time', async (t) => {
  const start = systemClock.now();
  let runs = 0;
  await new Promise<void>((resolve) => systemClock.after(5, () => (runs++, resolve())));
  // A timer of Node may be early by the fraction of a millisecond that it rounds off.
  t.ok(systemClock.now() - start > 4);
  t.equal(runs, 1);
});

t.test('a timer that was taken back does not run', async (t) => {
  let ran = false;
  systemClock.after(0, () => (ran = true))();
  await new Promise<void>((resolve) => systemClock.after(2, resolve));
  t.notOk(ran);
});
