import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { topClasses } from '../../src/tensor/top-classes.ts';

interface Case {
  readonly before: readonly number[];
  readonly scores: readonly number[];
  readonly after: readonly number[];
  readonly k: number;
}

/** Scores that are often equal, so that the order of equal ones is tested. */
const score = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }),
);
const scores = fc.array(score, { maxLength: 4 });
const cases: fc.Arbitrary<Case> = fc.array(score, { minLength: 1, maxLength: 40 }).chain((list) =>
  fc.record({
    before: scores,
    scores: fc.constant(list),
    after: scores,
    k: fc.integer({ min: 1, max: list.length }),
  }),
);

/** Sorts everything, and divides by the sum of all exponentials. */
function naive(list: readonly number[], k: number, softmax: boolean) {
  const classes = [...list.keys()].sort((a, b) => list[b]! - list[a]! || a - b).slice(0, k);
  const largest = Math.max(...list);
  const sum = list.reduce((total, one) => total + Math.exp(one - largest), 0);
  const probabilities = classes.map((index) =>
    softmax ? Math.exp(list[index]! - largest) / sum : list[index]!,
  );
  return { classes, probabilities };
}

for (const softmax of [true, false]) {
  t.test(
    `gives the classes that sorting gives, ${softmax ? 'with softmax' : 'with the scores as they are'}`,
    async () => {
      fc.assert(
        fc.property(cases, ({ before, scores: list, after, k }) => {
          const all = [...before, ...list, ...after];
          assert.deepEqual(topClasses(all, before.length, list.length, k, softmax), naive(list, k, softmax));
        }),
      );
    },
  );
}

t.test('gives the same classes when k is too large for insertion', async (t) => {
  const list = Array.from({ length: 500 }, (_, index) => (index * 7919) % 101);
  for (const softmax of [true, false]) {
    t.strictSame(topClasses([9, ...list, 9], 1, list.length, 300, softmax), naive(list, 300, softmax));
  }
});

t.test('probabilities of all classes sum up to 1', async () => {
  fc.assert(
    fc.property(cases, ({ scores: list }) => {
      const { probabilities } = topClasses(list, 0, list.length, list.length, true);
      const sum = probabilities.reduce((total, one) => total + one, 0);
      assert.ok(Math.abs(sum - 1) < 1e-9, String(sum));
    }),
  );
});

t.test('probabilities are those over all classes, not over the k best', async (t) => {
  const { probabilities } = topClasses([0, 0, 0, 0], 0, 4, 1, true);
  t.same(probabilities, [0.25]);
});

t.test('large scores do not overflow', async (t) => {
  const { classes, probabilities } = topClasses([3e38, -3e38, 3e38], 0, 3, 3, true);
  t.same(classes, [0, 2, 1]);
  t.same(probabilities, [0.5, 0.5, 0]);
});

t.test('a row in the middle of a batch is read from its place', async (t) => {
  const batch = Float32Array.from([9, 9, 9, 1, 3, 2, 9, 9, 9]);
  t.same(topClasses(batch, 3, 3, 2, false), { classes: [1, 2], probabilities: [3, 2] });
});
