import t from 'tap';
import { chiSquare, ks, lInfinity, psi } from '../../../../src/quality/drift/null/statistics.ts';

const near = (value: number, expected: number): boolean => Math.abs(value - expected) < 1e-9;

t.test('counts of the same shares differ in nothing, whatever their number', async (t) => {
  const reference = [100, 200, 300];
  const window = [10, 20, 30];
  t.ok(near(ks(reference, window), 0));
  t.ok(near(chiSquare(reference, window), 0));
  t.ok(near(lInfinity(reference, window), 0));
  t.ok(psi(reference, window) < 0.001);
});

t.test('KS is the largest difference of the shares up to a bin', async (t) => {
  // Shares 0.25 each, and 0.1, 0.2, 0.3, 0.4: the sums differ by 0.15, 0.2, 0.15.
  t.ok(near(ks([25, 25, 25, 25], [1, 2, 3, 4]), 0.2));
});

t.test('chi-square is that of a table of two samples', async (t) => {
  // R: chisq.test(rbind(c(90, 60, 50), c(30, 30, 40)), correct = FALSE): X-squared = 8.75
  const expected = 8.75;
  t.ok(
    Math.abs(chiSquare([90, 60, 50], [30, 30, 40]) - expected) < 1e-9,
    String(chiSquare([90, 60, 50], [30, 30, 40])),
  );
});

t.test('a cell that both lack counts nothing', async (t) => {
  t.equal(chiSquare([10, 0, 20], [1, 0, 2]), chiSquare([10, 20], [1, 2]));
});

t.test('L-infinity is the largest change of one share', async (t) => {
  t.ok(near(lInfinity([50, 50, 0], [4, 3, 3]), 0.3));
});

t.test('PSI is that of the smoothed shares', async (t) => {
  const p = [10.5, 30.5].map((count) => count / 41);
  const q = [20.5, 20.5].map((count) => count / 41);
  const expected = p.reduce((sum, one, at) => sum + (one - q[at]!) * Math.log(one / q[at]!), 0);
  t.ok(near(psi([10, 30], [20, 20]), expected));
});
