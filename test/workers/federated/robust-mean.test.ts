/** The means of a round against their closed forms, and what one client can do to them. */
import fc from 'fast-check';
import t from 'tap';
import {
  addTo,
  medianOf,
  scalesOf,
  trimmedAtEachEnd,
  trimmedMean,
} from '../../../workers/federated/robust-mean.ts';

const trimmed = (
  updates: readonly (readonly number[])[],
  trim: number,
  scales = updates.map(() => 1),
): number[] => {
  const out = new Float64Array(updates[0]!.length);
  trimmedMean(Float32Array.from(updates.flat()), scales, trim, out);
  return [...out];
};

t.test('the weighted mean of two updates is their mean by samples', async (t) => {
  const sum = new Float64Array(2);
  addTo(sum, Float32Array.of(1, 4), 100 / 400);
  addTo(sum, Float32Array.of(5, 0), 300 / 400);
  t.strictSame([...sum], [4, 1]);
});

t.test('an update above the limit is shortened to it, and keeps its direction', async (t) => {
  t.strictSame(scalesOf([5, 1, 10], 5), [1, 1, 0.5]);
  t.strictSame(scalesOf([5, 1], Infinity), [1, 1]);
});

t.test('the median of norms', async (t) => {
  t.equal(medianOf([3, 1, 2]), 2);
  t.equal(medianOf([4, 1, 2, 3]), 2.5);
  t.equal(medianOf([7]), 7);
});

t.test('the trimmed mean is the mean of what is left of the sorted values', async (t) => {
  t.strictSame(
    trimmed(
      [
        [1, 9],
        [2, 8],
        [3, 7],
        [4, 6],
        [100, -100],
      ],
      0.2,
    ),
    [3, 7],
  );
  t.strictSame(trimmed([[1], [2], [6]], 0), [3]);
  t.strictSame(trimmed([[1], [2], [6]], 0.34), [2], 'of three, one at each end: the median');
  t.strictSame(trimmed([[2], [8]], 0.4), [5], 'of two, none can be left out');
  t.strictSame(trimmed([[2], [8]], 0, [1, 0.5]), [3], 'each is scaled first');
});

t.test('how many are left out', async (t) => {
  t.equal(trimmedAtEachEnd(10, 0.2), 2);
  t.equal(trimmedAtEachEnd(9, 0.2), 1);
  t.equal(trimmedAtEachEnd(4, 0.2), 0);
});

t.test('whatever a minority sends, the trimmed mean stays within what the others have sent', async () => {
  const value = fc.integer({ min: -1000, max: 1000 });
  const anything = fc.oneof(value, fc.constantFrom(1e30, -1e30, 3e38, -3e38));
  fc.assert(
    fc.property(fc.array(value, { minLength: 4, maxLength: 8 }), anything, anything, (honest, one, two) => {
      const clients = [...honest, one, two];
      // Two at each end of all.
      const [mean] = trimmed(
        clients.map((each) => [each]),
        2 / clients.length + 1e-9,
      );
      return mean! >= Math.min(...honest) && mean! <= Math.max(...honest);
    }),
  );
});
