/** Keys are spread evenly over the buckets, and each stays in its own. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { anyBucket, bucketOf } from '../../../src/traffic/split/assignment.ts';
import { BUCKETS, layoutOf } from '../../../src/traffic/split/layout.ts';
import { seededRandom } from '../../../tools/random/seeded.ts';

const KEYS = 100_000;

/** Sum of squared deviations over what was expected. */
const chiSquare = (seen: readonly number[], expected: readonly number[]): number =>
  seen.reduce((sum, count, index) => sum + (count - expected[index]!) ** 2 / expected[index]!, 0);

/** Of a chi-square distribution with `freedom` degrees: 999 of 1000 values are below (Wilson and Hilferty). */
const limit = (freedom: number): number =>
  freedom * (1 - 2 / (9 * freedom) + 3.09 * Math.sqrt(2 / (9 * freedom))) ** 3;

t.test('100,000 keys are spread over three versions as their weights say', async (t) => {
  const layout = layoutOf(
    new Map([
      ['1', 70],
      ['2', 25],
      ['3', 5],
    ]),
  );
  const seen = new Map([
    ['1', 0],
    ['2', 0],
    ['3', 0],
  ]);
  for (let key = 0; key < KEYS; key++) {
    const version = layout[bucketOf('model', `user-${key}`)]!;
    seen.set(version, seen.get(version)! + 1);
  }
  t.ok(chiSquare([...seen.values()], [70_000, 25_000, 5000]) < limit(2), JSON.stringify([...seen]));
});

t.test('100,000 keys are spread evenly over a hundred ranges of buckets', async (t) => {
  const seen = Array.from({ length: 100 }, () => 0);
  for (let key = 0; key < KEYS; key++) seen[Math.floor(bucketOf('model', String(key)) / 100)]!++;
  t.ok(
    chiSquare(
      seen,
      seen.map(() => KEYS / 100),
    ) < limit(99),
  );
});

t.test('without a key the buckets are spread as evenly', async (t) => {
  const random = seededRandom(7);
  const seen = Array.from({ length: 100 }, () => 0);
  for (let one = 0; one < KEYS; one++) seen[Math.floor(anyBucket(random) / 100)]!++;
  t.ok(
    chiSquare(
      seen,
      seen.map(() => KEYS / 100),
    ) < limit(99),
  );
});

t.test('a key has one bucket, always, and it is the documented one', async () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (salt, key) => {
      const digest = createHash('sha256').update(`${salt}\n${key}`).digest();
      const bucket = digest.readUIntBE(0, 6) % BUCKETS;
      return bucketOf(salt, key) === bucket && bucketOf(salt, key) === bucket;
    }),
  );
});

t.test('another salt assigns the same keys independently', async (t) => {
  const layout = layoutOf(
    new Map([
      ['1', 50],
      ['2', 50],
    ]),
  );
  let same = 0;
  for (let key = 0; key < 10_000; key++) {
    if (layout[bucketOf('a', `${key}`)] === layout[bucketOf('b', `${key}`)]) same++;
  }
  t.ok(Math.abs(same - 5000) < 3.3 * 50, String(same));
});
