import t from 'tap';
import { Alias, dirichlet, seeded } from '../../../../src/quality/drift/null/random.ts';

t.test('the same seed gives the same numbers, evenly spread', async (t) => {
  const [one, other] = [seeded(3), seeded(3)];
  const cells = new Float64Array(10);
  for (let draw = 0; draw < 100_000; draw++) {
    const number = one();
    if (number !== other() || number < 0 || number >= 1) t.fail(`draw ${draw}: ${number}`);
    cells[Math.floor(number * 10)]!++;
  }
  // Four standard deviations of a binomial count.
  for (const count of cells) t.ok(Math.abs(count - 10_000) < 380, String(count));
});

t.test('an alias table draws each index as often as its share', async (t) => {
  const shares = [0.5, 0.3, 0.15, 0.05, 0];
  const alias = new Alias(shares);
  const random = seeded(1);
  const counts = new Float64Array(5);
  for (let draw = 0; draw < 100_000; draw++) counts[alias.draw(random)]!++;
  for (const [index, share] of shares.entries()) {
    t.ok(Math.abs(counts[index]! - 100_000 * share) <= 4 * Math.sqrt(100_000 * share * (1 - share)));
  }
});

t.test('shares of a Dirichlet distribution sum to one and have its mean and variance', async (t) => {
  const weights = [0.5, 3, 16.5];
  const random = seeded(9);
  const draws = Array.from({ length: 20_000 }, () => dirichlet(weights, random));
  t.ok(draws.every((shares) => Math.abs(shares.reduce((sum, one) => sum + one, 0) - 1) < 1e-12));
  for (const [index, weight] of weights.entries()) {
    const mean = draws.reduce((sum, shares) => sum + shares[index]!, 0) / draws.length;
    const variance = draws.reduce((sum, shares) => sum + (shares[index]! - mean) ** 2, 0) / draws.length;
    const share = weight / 20;
    t.ok(Math.abs(mean - share) < 0.002, `${mean} is not ${share}`);
    t.ok(Math.abs(variance / ((share * (1 - share)) / 21) - 1) < 0.06, `variance ${variance}`);
  }
});
