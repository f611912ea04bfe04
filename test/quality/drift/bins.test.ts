import t from 'tap';
import { binOf, binsOf } from '../../../src/quality/drift/bins.ts';
import { seeded } from '../../../src/quality/drift/null/random.ts';

t.test('bins of different numbers have equal shares', async (t) => {
  const random = seeded(5);
  const { edges, counts } = binsOf(Float64Array.from({ length: 2000 }, () => random() ** 3));
  t.equal(edges.length, 19);
  t.strictSame(Array.from(counts), [...Array.from({ length: 20 }, () => 100), 0]);
});

t.test('fewer than a thousand rows have ten bins', async (t) => {
  const { edges } = binsOf(Float64Array.from({ length: 999 }, (_, index) => index));
  t.equal(edges.length, 9);
});

t.test('a constant has a bin of its own, and what is below or above it is noticed', async (t) => {
  const { edges, counts } = binsOf(new Float64Array(300).fill(7));
  t.strictSame(Array.from(counts), [0, 300, 0, 0]);
  t.equal(binOf(edges, 6.999999), 0);
  t.equal(binOf(edges, 7), 1);
  t.equal(binOf(edges, 7.000001), 2);
});

t.test('a value that many rows share has a bin of its own, also zero', async (t) => {
  const values = Float64Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? 0 : index));
  const { edges, counts } = binsOf(values);
  t.equal(counts[binOf(edges, 0)], 500);
  t.equal(binOf(edges, -1e-300), 0);
  t.equal(counts[0], 0);
});

t.test('a value at an edge belongs to the bin below it', async (t) => {
  const edges = Float64Array.of(1, 2, 3);
  t.strictSame(
    [0.5, 1, 1.5, 2, 3, 3.5].map((value) => binOf(edges, value)),
    [0, 0, 1, 1, 2, 3],
  );
});

t.test('what is no number is counted apart, and infinities at the ends', async (t) => {
  const values = [...Array.from({ length: 997 }, (_, index) => index), NaN, Infinity, -Infinity];
  const { edges, counts } = binsOf(Float64Array.from(values));
  t.equal(counts.at(-1), 1);
  t.ok(edges.every((edge) => Number.isFinite(edge)));
  t.equal(binOf(edges, NaN), edges.length + 1);
  t.equal(binOf(edges, Infinity), edges.length);
  t.equal(binOf(edges, -Infinity), 0);
  t.equal(
    counts.reduce((sum, count) => sum + count, 0),
    1000,
  );
});

t.test('without any number there is one empty bin', async (t) => {
  const { edges, counts } = binsOf(new Float64Array(200).fill(NaN));
  t.equal(edges.length, 0);
  t.strictSame(Array.from(counts), [0, 200]);
});
