/** The confidence that few enough requests are late, and the search for the highest rate with that property. */
import t from 'tap';
import { binomialAtMost, confidenceOf, highestThatMeets } from '../../../bench/sections/late.ts';

t.test('the binomial distribution is that of the textbook', async (t) => {
  t.ok(Math.abs(binomialAtMost(0, 10, 0.5) - 1 / 1024) < 1e-12);
  t.ok(Math.abs(binomialAtMost(5, 10, 0.5) - 638 / 1024) < 1e-12);
  t.equal(binomialAtMost(10, 10, 0.5), 1);
});

t.test('none late of 299 is the minimum for 95 % confidence in one per hundred', async (t) => {
  t.ok(confidenceOf(0, 299) >= 0.95);
  t.ok(confidenceOf(0, 298) < 0.95);
});

t.test('more late requests lower the confidence, more requests raise it', async (t) => {
  t.ok(confidenceOf(5, 1000) > confidenceOf(10, 1000));
  t.ok(confidenceOf(50, 10_000) > confidenceOf(5, 1000));
  t.ok(confidenceOf(300, 10_000) < 1e-9);
  t.equal(confidenceOf(0, 0), 0);
});

t.test('with many thousand requests the probability stays accurate', async (t) => {
  // The mean of the distribution: about half of it lies at or below.
  t.ok(Math.abs(binomialAtMost(1000, 100_000, 0.01) - 0.508) < 0.002);
});

t.test('the search ends within one step below the true edge', async (t) => {
  for (const edge of [21, 60, 99.9]) {
    const asked: number[] = [];
    const found = await highestThatMeets(20, 100, 8, async (rate) => {
      asked.push(rate);
      return rate <= edge;
    });
    t.equal(asked.length, 8);
    t.ok(found <= edge && found > edge - 80 / 2 ** 8, `${found} for ${edge}`);
  }
});

t.test('when no rate meets the goal the search returns its lower end', async (t) => {
  t.equal(await highestThatMeets(20, 100, 4, async () => false), 20);
});
