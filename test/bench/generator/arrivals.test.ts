/** The Poisson schedule of the open loop. */
import t from 'tap';
import { poissonArrivals } from '../../../bench/generator/arrivals.ts';

t.test('arrivals come in order, inside the phase', async (t) => {
  const times = poissonArrivals(500, 4000, 7);
  t.ok(times.every((time, index) => time >= (times[index - 1] ?? 0) && time < 4000));
});

t.test('the rate is the requested one', async (t) => {
  // 100,000 arrivals have a standard deviation of 316.
  const { length } = poissonArrivals(1000, 100_000, 3);
  t.ok(Math.abs(length - 100_000) < 3 * 316, String(length));
});

t.test('gaps are exponential: the standard deviation is the mean, and a third are longer', async (t) => {
  const times = poissonArrivals(1000, 50_000, 11);
  const gaps = Array.from(times.subarray(1), (time, index) => time - times[index]!);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  t.ok(Math.abs(deviation / mean - 1) < 0.03, String(deviation / mean));
  const longer = gaps.filter((gap) => gap > mean).length / gaps.length;
  t.ok(Math.abs(longer - Math.exp(-1)) < 0.01, String(longer));
});

t.test('a seed gives the same times again, and another seed other times', async (t) => {
  t.same(poissonArrivals(100, 1000, 1), poissonArrivals(100, 1000, 1));
  t.notSame(poissonArrivals(100, 1000, 1), poissonArrivals(100, 1000, 2));
});

t.test('a rate of zero is refused', async (t) => {
  t.throws(() => poissonArrivals(0, 1000, 1), RangeError);
});
