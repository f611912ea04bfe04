/** Weights become buckets, and a change of weights moves the difference and nothing else. */
import fc from 'fast-check';
import t from 'tap';
import { BUCKETS, layoutOf, quotasOf, type Layout } from '../../../src/traffic/split/layout.ts';

const weights = (of: Record<string, number>): Map<string, number> => new Map(Object.entries(of));

const anyWeights = fc
  .dictionary(fc.constantFrom('1', '2', '3', '10', 'next'), fc.nat(1000), { minKeys: 1 })
  .filter((of) => Object.values(of).some((weight) => weight > 0))
  .map(weights);

const sizes = (layout: Layout): Map<string, number> =>
  new Map([...Map.groupBy(layout, (version) => version)].map(([version, all]) => [version, all.length]));

const moves = (before: Layout, after: Layout): string[] =>
  before.flatMap((version, bucket) => (version === after[bucket] ? [] : [`${version} to ${after[bucket]}`]));

t.test('a ratio of whole ten-thousandths is exact, whatever the weights add up to', async (t) => {
  t.strictSame(
    [...quotasOf(weights({ a: 90, b: 10 }))],
    [
      ['a', 9000],
      ['b', 1000],
    ],
  );
  t.strictSame(quotasOf(weights({ a: 0.7, b: 0.3 })).get('b'), 3000);
  t.strictSame(quotasOf(weights({ a: 1, b: 1, c: 1 })).get('a'), 3334);
});

t.test('every bucket belongs to a version, in the ratio of the weights', async () => {
  fc.assert(
    fc.property(anyWeights, (some) => {
      const quotas = quotasOf(some);
      const sum = [...some.values()].reduce((total, weight) => total + weight, 0);
      const counted = sizes(layoutOf(some));
      return [...some].every(([version, weight]) => {
        const quota = quotas.get(version)!;
        return (counted.get(version) ?? 0) === quota && Math.abs(quota - (weight / sum) * BUCKETS) < 1;
      });
    }),
  );
});

t.test('from 90 to 80 percent exactly a tenth of the buckets moves, all of them one way', async (t) => {
  const before = layoutOf(weights({ '1': 90, '2': 10 }));
  const moved = moves(before, layoutOf(weights({ '1': 80, '2': 20 }), before));
  t.equal(moved.length, 1000);
  t.strictSame([...new Set(moved)], ['1 to 2']);
});

t.test('a version that is added takes its share from the others, which exchange nothing', async (t) => {
  const before = layoutOf(weights({ '1': 50, '2': 50 }));
  const moved = moves(before, layoutOf(weights({ '1': 40, '2': 40, '3': 20 }), before));
  t.strictSame([...new Set(moved)].sort(), ['1 to 3', '2 to 3']);
  t.equal(moved.length, 2000);
});

t.test('any change moves only what the shares differ by, from smaller to larger ones', async () => {
  fc.assert(
    fc.property(anyWeights, anyWeights, anyWeights, (first, second, third) => {
      const before = layoutOf(second, layoutOf(first));
      const after = layoutOf(third, before);
      const [had, has] = [sizes(before), sizes(after)];
      const grown = [...has].map(([version, size]) => Math.max(0, size - (had.get(version) ?? 0)));
      const least = grown.reduce((sum, size) => sum + size, 0);
      return moves(before, after).length === least;
    }),
  );
});

t.test('two servers with the same two weights agree, whatever the weights were before', async (t) => {
  const direct = layoutOf(weights({ '1': 70, '2': 30 }));
  for (const first of [20, 90]) {
    const before = layoutOf(weights({ '1': first, '2': 100 - first }));
    t.strictSame(layoutOf(weights({ '1': 70, '2': 30 }), before), direct);
  }
});
