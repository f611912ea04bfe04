import t from 'tap';
import { Flood } from '../../../src/telemetry/log/flood.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setup() {
  const clock = new FakeClock();
  const flood = new Flood(() => clock.now());
  const passed = (lines: number): (number | undefined)[] => Array.from({ length: lines }, () => flood.pass());
  return { clock, passed };
}

t.test('the first ten lines of a second pass', async (t) => {
  const { passed } = setup();
  t.strictSame(passed(10), Array(10).fill(0));
  t.strictSame(passed(3), Array(3).fill(undefined));
});

t.test('the number of lines per second is configurable', async (t) => {
  const flood = new Flood(() => 0, 2);
  t.strictSame(
    [1, 2, 3].map(() => flood.pass()),
    [0, 0, undefined],
  );
  t.equal(new Flood(() => 0, 0).pass(), undefined);
});

t.test('the next line that passes has the number of suppressed lines, once', async (t) => {
  const { clock, passed } = setup();
  passed(10 + 25);
  clock.advance(999);
  t.strictSame(passed(1), [undefined]);
  clock.advance(1);
  t.strictSame(passed(2), [26, 0]);
});

t.test('the interval is configurable', async (t) => {
  const clock = new FakeClock();
  const flood = new Flood(() => clock.now(), 1, 60_000);
  const passed = [0, 59_999, 1].map((ms) => {
    clock.advance(ms);
    return flood.pass();
  });
  t.strictSame(passed, [0, undefined, 1]);
});

t.test('a second begins with its first line', async (t) => {
  const { clock, passed } = setup();
  clock.advance(700);
  passed(10);
  clock.advance(900);
  t.strictSame(passed(1), [undefined]);
  clock.advance(100);
  t.strictSame(passed(1), [1]);
});
