import fc from 'fast-check';
import t from 'tap';
import { longestSpan, spanOf, tapsOf, type Filter, type Taps } from '../../../workers/image/taps.ts';

/** The weights of one output as numbers, put together from their halves. */
function weightsOf(taps: Taps, output: number): number[] {
  const pairs = taps.bounds[2 * output + 1] ?? 0;
  const at = (index: number): number => taps.weights[4 * taps.pairs * output + index] ?? NaN;
  return Array.from({ length: 2 * pairs }, (_, tap) => {
    const pair = 4 * (tap >> 1) + (tap & 1);
    return at(pair) * 2 ** 11 + at(pair + 2);
  });
}

const axis = fc.record({
  filter: fc.constantFrom<Filter>('bicubic', 'bilinear'),
  source: fc.integer({ min: 1, max: 12_000 }),
  target: fc.integer({ min: 1, max: 600 }),
  offset: fc.nat({ max: 300 }),
});

t.test('the same size is the identity', (t) => {
  const taps = tapsOf('bicubic', 10, 10, 2, 3);
  for (let output = 0; output < 3; output++) {
    const weights = weightsOf(taps, output);
    t.equal(
      weights.reduce((sum, weight) => sum + weight, 0),
      2 ** 22,
    );
    t.equal(Math.max(...weights), 2 ** 22);
  }
  t.end();
});

t.test('halving with the triangle takes the quarters that one expects', (t) => {
  const taps = tapsOf('bilinear', 8, 4, 1, 1);
  t.same(
    weightsOf(taps, 0),
    [0.125, 0.375, 0.375, 0.125].map((weight) => weight * 2 ** 22),
  );
  t.equal(taps.first, 1);
  t.end();
});

t.test('weights always add up to one, but for the rounding of each', (t) => {
  const check = fc.property(axis, ({ filter, source, target, offset }) => {
    const taps = tapsOf(filter, source, target, Math.min(offset, target - 1), 1);
    const weights = weightsOf(taps, 0);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return Math.abs(sum - 2 ** 22) <= weights.length;
  });
  t.doesNotThrow(() => fc.assert(check));
  t.end();
});

t.test('no output takes a pixel outside the source, or outside the span it reports', (t) => {
  const check = fc.property(axis, ({ filter, source, target }) => {
    const taps = tapsOf(filter, source, target, 0, target);
    if (taps.first < 0 || taps.end > source) return false;
    return Array.from({ length: target }, (_, output) => output).every((output) => {
      const { from, to } = spanOf(taps, output, 1);
      const weights = weightsOf(taps, output);
      const used = weights.at(-1) === 0 ? weights.length - 1 : weights.length;
      return (
        from >= 0 && from + used <= to && to <= taps.end - taps.first && to - from <= longestSpan(taps, 1)
      );
    });
  });
  t.doesNotThrow(() => fc.assert(check, { numRuns: 60 }));
  t.end();
});

t.test('an axis scaled up to more pixels than an integer counts still has its middle', (t) => {
  const taps = tapsOf('bicubic', 50_000_000, 12_800_000_000, 6_399_999_888, 224);
  t.ok(taps.end - taps.first < 10);
  t.equal(taps.first, 24_999_998);
  t.end();
});

t.test('even taps are the same taps, begun at an even distance', (t) => {
  const check = fc.property(axis, ({ filter, source, target, offset }) => {
    const from = Math.min(offset, target - 1);
    const count = Math.min(20, target - from);
    const plain = tapsOf(filter, source, target, from, count);
    const even = tapsOf(filter, source, target, from, count, true);
    const stripped = (weights: readonly number[]): string => weights.join().replace(/^(0,)+|(,0)+$/g, '');
    for (let output = 0; output < count; output++) {
      const start = even.bounds[2 * output] ?? NaN;
      const before = (plain.bounds[2 * output] ?? NaN) - start;
      if (start % 2 !== 0 || (before !== 0 && before !== 1)) throw new Error(`starts at ${start}`);
      if (stripped(weightsOf(plain, output)) !== stripped(weightsOf(even, output)))
        throw new Error('other weights');
      if (before === 1 && weightsOf(even, output)[0] !== 0) throw new Error('a weight before the first');
    }
  });
  t.doesNotThrow(() => fc.assert(check));
  t.end();
});
