import t from 'tap';
import type { Test } from 'tap';
import { isAbove, ONE_SIDED_99, TWO_SIDED_95, wilson } from '../../../src/traffic/guard/confidence.ts';

const near = (t: Test, value: number, expected: number): void =>
  void t.ok(Math.abs(value - expected) < 1e-4, `${value} is not ${expected}`);

t.test('the interval is that of Wilson', async (t) => {
  // R: prop.test(10, 100, correct = FALSE), and the same for 0 of 50.
  const some = wilson(10, 100, TWO_SIDED_95);
  near(t, some.low, 0.05523);
  near(t, some.high, 0.17437);
  const none = wilson(0, 50, TWO_SIDED_95);
  t.equal(none.low, 0);
  near(t, none.high, 0.07135);
});

t.test('without samples the share may be anything', async (t) => {
  t.strictSame(wilson(0, 0, TWO_SIDED_95), { low: 0, high: 1 });
});

t.test('a share is above another only where the samples prove it', async (t) => {
  t.ok(isAbove({ count: 30, n: 1000 }, { count: 10, n: 1000 }, ONE_SIDED_99));
  t.notOk(isAbove({ count: 3, n: 100 }, { count: 1, n: 100 }, ONE_SIDED_99));
  t.notOk(isAbove({ count: 10, n: 1000 }, { count: 30, n: 1000 }, ONE_SIDED_99));
  t.notOk(isAbove({ count: 0, n: 100 }, { count: 0, n: 100 }, ONE_SIDED_99));
  t.notOk(isAbove({ count: 100, n: 100 }, { count: 0, n: 0 }, ONE_SIDED_99));
});
