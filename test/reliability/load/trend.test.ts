import t from 'tap';
import { floors, growth, type Look } from './trend.ts';

const looks = (...values: readonly number[]): Look[] =>
  values.map((value, index) => ({ at: index * 1000, value }));

t.test('what stays does not grow, however it goes up and down', async (t) => {
  t.equal(growth(looks(100, 100, 100, 100)), 0);
  t.ok(Math.abs(growth(looks(100, 110, 90, 100, 110, 90, 100))) < 0.06);
});

t.test('what rises by a tenth grows by a tenth of its mean', async (t) => {
  const rising = looks(100, 102, 104, 106, 108, 110);
  t.ok(Math.abs(growth(rising) - 10 / 105) < 1e-9);
  t.ok(growth(looks(110, 105, 100)) < 0, 'what falls is negative');
});

t.test('of two looks no line is known', async (t) => {
  t.ok(Number.isNaN(growth(looks(1, 2))));
});

t.test('floors are the least of each few looks', async (t) => {
  t.strictSame(
    floors(looks(5, 3, 9, 8, 4, 7, 1), 3).map(({ value }) => value),
    [3, 4],
  );
});
