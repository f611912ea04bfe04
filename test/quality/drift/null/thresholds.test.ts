/** What is promised of thresholds holds for nearly every reference, and what has drifted is noticed. */
import t from 'tap';
import { binOf, binsOf } from '../../../../src/quality/drift/bins.ts';
import { Alias, seeded, type Random } from '../../../../src/quality/drift/null/random.ts';
import { chiSquare, ks } from '../../../../src/quality/drift/null/statistics.ts';
import { thresholdsOf } from '../../../../src/quality/drift/null/thresholds.ts';

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const PROMISED = { window: 100, falseAlarmEvery: 100, statistics: 1 };

t.test('for at least nine of ten references there are no more false alarms than promised', async (t) => {
  const windows = 1000;
  let broken = 0;
  for (let seed = 0; seed < 20; seed++) {
    const random = seeded(100 + seed);
    const { edges, counts } = binsOf(Float64Array.from({ length: 500 }, () => normal(random)));
    const [threshold] = thresholdsOf(counts, ['ks'], PROMISED);
    let alarms = 0;
    for (let window = 0; window < windows; window++) {
      const drawn = new Float64Array(counts.length);
      for (let row = 0; row < PROMISED.window; row++) drawn[binOf(edges, normal(random))]!++;
      if (ks(counts, drawn) > threshold!.value) alarms++;
    }
    // Two standard deviations of the count itself.
    if (alarms > 10 + 2 * Math.sqrt(10)) broken++;
  }
  t.ok(broken <= 2, `${broken} of 20`);
});

t.test('classes with few rows do not alarm more often than promised either', async (t) => {
  const shares = [0.4, 0.3, 0.2, 0.06, 0.03, 0.008, 0.002];
  const alias = new Alias(shares);
  const random = seeded(4);
  const drawn = (rows: number): Float64Array => {
    const counts = new Float64Array(shares.length);
    for (let row = 0; row < rows; row++) counts[alias.draw(random)]!++;
    return counts;
  };
  const counts = drawn(1000);
  const [threshold] = thresholdsOf(counts, ['chi_square'], PROMISED);
  let alarms = 0;
  for (let window = 0; window < 3000; window++) {
    if (chiSquare(counts, drawn(PROMISED.window)) > threshold!.value) alarms++;
  }
  t.ok(alarms <= 30, `${alarms} of 3000`);
});

t.test('a shift of half a standard deviation is beyond in nearly every window', async (t) => {
  const random = seeded(8);
  const { edges, counts } = binsOf(Float64Array.from({ length: 2000 }, () => normal(random)));
  const [threshold] = thresholdsOf(counts, ['ks'], { window: 500, falseAlarmEvery: 1000, statistics: 12 });
  let beyond = 0;
  for (let window = 0; window < 100; window++) {
    const drawn = new Float64Array(counts.length);
    for (let row = 0; row < 500; row++) drawn[binOf(edges, normal(random) + 0.5)]!++;
    if (ks(counts, drawn) > threshold!.value) beyond++;
  }
  t.ok(beyond >= 95, `${beyond} of 100`);
});

t.test('rarer false alarms need higher thresholds, also beyond what is simulated', async (t) => {
  const counts = new Float64Array(10).fill(100);
  const at = (falseAlarmEvery: number): number =>
    thresholdsOf(counts, ['ks'], { window: 500, falseAlarmEvery, statistics: 10 })[0]!.value;
  const [often, seldom, rarely] = [at(10), at(1000), at(100_000)];
  t.ok(often < seldom && seldom < rarely && rarely < 0.5, `${often} ${seldom} ${rarely}`);
  // Of a Kolmogorov-Smirnov statistic of two samples at 1e-6 each side; the reference may be unlucky besides.
  t.ok(rarely > Math.sqrt(Math.log(2e6) / 2 / 500), String(rarely));
});

t.test('the same reference has the same thresholds on every replica', async (t) => {
  const counts = [120, 80, 100, 100, 100];
  t.strictSame(
    thresholdsOf(counts, ['chi_square', 'l_infinity'], PROMISED),
    thresholdsOf(counts, ['chi_square', 'l_infinity'], PROMISED),
  );
});
