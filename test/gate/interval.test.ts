import t from 'tap';
import { atLeast, drop, neededFor, neededForDrop, zOf } from '../../src/gate/interval.ts';
import { wilson, Z95 } from '../../src/wilson.ts';

const near = (given: number, expected: number, within = 5e-5): boolean => Math.abs(given - expected) < within;

t.test('the answers that are needed are the fewest that can reach the bound', (t) => {
  for (const floor of [0.5, 0.9, 0.95, 0.99]) {
    const n = neededFor(floor);
    t.ok(wilson(n, n).low >= floor && wilson(n - 1, n - 1).low < floor, `${floor}: ${n}`);
  }
  for (const ceiling of [0.01, 0.02, 0.1]) {
    const n = neededForDrop(ceiling);
    t.ok(drop(0, 0, n).high <= ceiling + 1e-8 && drop(0, 0, n - 1).high > ceiling, `${ceiling}: ${n}`);
  }
  t.equal(neededFor(1), Infinity);
  t.equal(neededForDrop(0), Infinity);
  t.end();
});

t.test('the interval of a drop is that of Tango, whose bounds are symmetric', (t) => {
  const { low, high } = drop(12, 2, 100);
  t.ok(low < 0.1 && 0.1 < high && low > 0, 'ten of a hundred more are lost than won, and that is shown');
  const turned = drop(2, 12, 100);
  t.ok(near(turned.low, -high, 1e-6) && near(turned.high, -low, 1e-6));
  // Tango, Statistics in Medicine 17 (1998) 891-908: no discordant pairs leave z^2 / (n + z^2).
  t.ok(near(drop(0, 0, 50).high, Z95 ** 2 / (50 + Z95 ** 2), 1e-6));
  t.same(drop(0, 0, 0), { low: -1, high: 1 });
  t.end();
});

t.test('a drop is covered by its interval about as often as it says', (t) => {
  let state = 12345;
  const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
  const [lostRate, wonRate, n, trials] = [0.06, 0.03, 200, 2000];
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    let [lost, won] = [0, 0];
    for (let index = 0; index < n; index++) {
      const at = random();
      if (at < lostRate) lost++;
      else if (at < lostRate + wonRate) won++;
    }
    const { low, high } = drop(lost, won, n);
    if (low <= lostRate - wonRate && lostRate - wonRate <= high) covered++;
  }
  t.ok(covered / trials > 0.935 && covered / trials < 0.97, String(covered / trials));
  t.end();
});

t.test('several intervals hold together by a greater z', (t) => {
  t.equal(zOf(1), Z95);
  // Quantiles of the normal distribution at 1 - 0.025 / tests.
  for (const [tests, z] of [
    [10, 2.807],
    [100, 3.481],
    [1000, 4.056],
  ] as const) {
    t.ok(near(zOf(tests), z, 1e-3), `${tests}: ${zOf(tests)}`);
  }
  t.end();
});

t.test('the tail of the binomial distribution is exact, for many too', (t) => {
  t.equal(atLeast(0, 5, 0.3), 1);
  t.ok(near(atLeast(2, 2, 0.15), 0.0225, 1e-12));
  t.ok(near(atLeast(1, 3, 0.5), 0.875, 1e-12));
  t.ok(near(atLeast(50_000, 100_000, 0.5), 0.5013, 1e-4), 'far beyond what a power holds');
  t.ok(atLeast(5000, 100_000, 0.01) < 1e-300);
  t.equal(atLeast(1, 3, 0), 0);
  t.equal(atLeast(3, 3, 1), 1);
  t.end();
});
