/** Medians and their intervals, against hand-computed figures and against random samples. */
import t from 'tap';
import { extremes, median, medianInterval, ratioInterval } from '../../../bench/record/statistics.ts';
import { seededRandom } from '../../../tools/random/seeded.ts';

t.test('a median is the middle value, or the mean of the two in the middle', async (t) => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 3, 2]), 2.5);
  t.equal(median([10, 9, 100]), 10, 'numbers are not ordered as text');
});

t.test('no values have no median and no interval', async (t) => {
  t.throws(() => median([]), RangeError);
  t.throws(() => extremes([]), RangeError);
  t.throws(() => ratioInterval([]), RangeError);
});

t.test('the order of the values is not changed', async (t) => {
  const values = Object.freeze([3, 1, 2]);
  medianInterval(values);
  t.same(values, [3, 1, 2]);
});

t.test('fewer than six values have their extremes as interval, with its actual confidence', async (t) => {
  t.same(medianInterval([3, 1, 2]), { median: 2, low: 1, high: 3, confidence: 0.75 });
  t.equal(medianInterval([1, 2, 3, 4, 5]).confidence, 0.9375);
  t.same(medianInterval([7]), { median: 7, low: 7, high: 7, confidence: 0 });
});

t.test('eight values have an interval just outside the second from each end', async (t) => {
  const { low, high, confidence } = medianInterval([1, 2, 3, 4, 5, 6, 7, 8]);
  // Coverage 254/256 and 238/256: share 0.675, inwards 7 * 0.675 / (1 + 6 * 0.675).
  t.equal(low.toFixed(4), '1.9356');
  t.equal(high.toFixed(4), '7.0644');
  t.equal(confidence, 0.95);
});

t.test('twenty values have an interval near the sixth from each end', async (t) => {
  const { low, high } = medianInterval(Array.from({ length: 20 }, (_, i) => i + 1));
  t.ok(low > 6 && low < 7, `${low}`);
  t.equal((low + high).toFixed(9), '21.000000000', 'it is symmetric');
});

t.test('one disturbed pair of eight does not widen the interval to itself', async (t) => {
  const calm = Array.from({ length: 7 }, (_, i) => ({ a: 100 + i, b: 100 }));
  const { low } = ratioInterval([...calm, { a: 50, b: 100 }]);
  t.ok(low > 0.95, `${low}`);
});

t.test('a ratio is taken within each pair, before the median', async (t) => {
  const { median: middle } = ratioInterval([
    { a: 2, b: 1 },
    { a: 30, b: 10 },
    { a: 400, b: 100 },
  ]);
  t.equal(middle, 3);
});

t.test('the interval holds the true median about 95 times in 100, also for skewed noise', async (t) => {
  const random = seededRandom(1);
  const lopsided = (): number => -Math.log(1 - random()) / Math.LN2; // Its median is 1.
  let held = 0;
  const rounds = 4000;
  for (let round = 0; round < rounds; round++) {
    const { low, high } = medianInterval(Array.from({ length: 8 }, lopsided));
    if (low <= 1 && 1 <= high) held++;
  }
  t.ok(held / rounds > 0.935 && held / rounds < 0.965, `${held / rounds}`);
});
