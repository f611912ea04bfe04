import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { RecentQuantile } from '../../src/cost/recent-quantile.ts';

const WINDOW = 1024;
/** Observations between two sorts, at first and when the window is full. */
const STEP = 16;
const FULL_STEP = 64;

function observe(quantile: RecentQuantile, ...values: readonly number[]): number {
  for (const value of values) quantile.observe(value);
  return quantile.value;
}

const repeated = (value: number, times: number): number[] => Array.from({ length: times }, () => value);

t.test('returns its initial value until it has enough observations', async (t) => {
  const quantile = new RecentQuantile(0.99, 1.3);
  t.equal(quantile.value, 1.3);
  t.equal(observe(quantile, ...repeated(2, STEP - 1)), 1.3);
  t.equal(observe(quantile, 2), 2);
});

t.test('a few large values among many are not the p99, one in fifty is', async (t) => {
  t.equal(observe(new RecentQuantile(0.99, 0), ...repeated(1, 254), 9, 9), 1);
  t.equal(observe(new RecentQuantile(0.99, 0), ...repeated(1, 251), ...repeated(9, 5)), 9);
});

t.test('forgets what is older than its window', async (t) => {
  const quantile = new RecentQuantile(0.99, 0);
  observe(quantile, ...repeated(100, WINDOW));
  t.equal(observe(quantile, ...repeated(1, WINDOW - 2 * FULL_STEP)), 100);
  t.equal(observe(quantile, ...repeated(1, 3 * FULL_STEP)), 1);
});

t.test('forgets what is older than its limit of age, however few there are since', async (t) => {
  const quantile = new RecentQuantile(0.99, 0, 1000);
  for (let ms = 0; ms < 100; ms++) quantile.observe(9, ms);
  for (let ms = 200; ms <= 1000; ms += 100) quantile.observe(1, ms);
  t.equal(quantile.value, 9);
  quantile.observe(1, 1200);
  t.equal(quantile.value, 1);
});

t.test('is one of the values seen, with no more than its share of them above it', async () => {
  const shares = fc.constantFrom(0.5, 0.9, 0.99);
  const values = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: STEP, maxLength: 255 });
  fc.assert(
    fc.property(shares, values, (share, all) => {
      const whole = all.slice(0, all.length - (all.length % STEP));
      const value = observe(new RecentQuantile(share, -1), ...all);
      const recent = whole.slice(-WINDOW);
      assert.ok(recent.includes(value));
      const above = recent.filter((one) => one > value).length;
      assert.ok(above <= (1 - share) * recent.length + 1e-9, `${above} of ${recent.length}`);
      const below = recent.filter((one) => one < value).length;
      assert.ok(below <= share * recent.length, `${below} below of ${recent.length}`);
    }),
  );
});
