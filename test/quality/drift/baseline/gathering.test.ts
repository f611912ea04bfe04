import t from 'tap';
import { Gathering, referenceOf, tooFew } from '../../../../src/quality/drift/baseline/gathering.ts';
import { parseReference, textOf } from '../../../../src/repository/drift/reference.ts';
import { MAX_ROWS } from '../../../../src/repository/drift/schema.ts';
import { HEAD, madeReference, Rows } from '../fixtures.ts';

t.test('a reference that is written is read as it was', async (t) => {
  const reference = madeReference(new Rows(11), 1234);
  t.strictSame(parseReference(textOf(reference), 'drift.json'), reference);
});

t.test('the fifty most frequent classes have a cell, the others are one', async (t) => {
  const reference = madeReference(new Rows(11));
  const { values, counts, other } = reference.classes[0]!;
  t.equal(values.length, 50);
  t.equal(counts.reduce((sum, count) => sum + count, 0) + other, 2000);
  t.ok(other > 0);
  t.ok(counts.every((count, at) => at === 0 || count <= counts[at - 1]!));
});

t.test('more rows than fit are a sample of all of them', async (t) => {
  const gathering = new Gathering({ numbers: ['x'], classes: ['class'] });
  const rows = 3 * MAX_ROWS;
  for (let row = 0; row < rows; row++) gathering.add(Float64Array.of(row), [String(row % 3)]);
  const { numbers, rows: kept, classes } = gathering.gathered;
  t.equal(kept, MAX_ROWS);
  t.equal(classes[0]!.values.length, MAX_ROWS);
  const mean = numbers[0]!.values.reduce((sum, value) => sum + value, 0) / MAX_ROWS;
  // Four standard deviations of the mean of as many even numbers.
  t.ok(Math.abs(mean - rows / 2) < (4 * rows) / Math.sqrt(12 * MAX_ROWS), String(mean));
});

t.test('too few rows are no reference', async (t) => {
  const gathering = new Gathering({ numbers: ['x'], classes: [] });
  for (let row = 0; row < 199; row++) gathering.add(Float64Array.of(row), []);
  t.throws(() => referenceOf(gathering.gathered, HEAD), /needs 200 rows at least, and there are 199/);
  t.match(tooFew(3, 'images'), /200 images at least, and there are 3/);
  t.equal(tooFew(200, 'images'), undefined);
});
