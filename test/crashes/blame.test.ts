import t from 'tap';
import { isTooMuch, pointsOf, recent, type Charge } from '../../src/crashes/blame.ts';

const runs = (...counts: number[]) => pointsOf(counts.map((count) => ({ runs: count })));

t.test('points', async (t) => {
  t.strictSame(runs(), []);
  t.strictSame(runs(7), [2], 'it was the only one');
  t.strictSame(runs(7, 8), [1, 1]);
  t.strictSame(runs(7, 70), [2, 1], 'that the busy one ran says little');
  t.strictSame(runs(0, 9), [1, 1], 'too few to say so');
  t.strictSame(runs(0, 10), [2, 1]);
  t.strictSame(runs(1, 10, 500), [2, 1, 1]);
  t.strictSame(runs(1, 2, 500), [1, 1, 1]);
});

const charge = (at: number, points: number): Charge => ({ at, signal: 'SIGFPE', points });
const HOUR = 3_600_000;

t.test('two crashes that can be nobody else’s are too many, or four of several', async (t) => {
  t.notOk(isTooMuch([charge(0, 2)]));
  t.ok(isTooMuch([charge(0, 2), charge(1, 2)]));
  t.notOk(isTooMuch([charge(0, 1), charge(1, 1), charge(2, 1)]));
  t.ok(isTooMuch([charge(0, 1), charge(1, 1), charge(2, 2)]));
});

t.test('a crash is forgotten after a day', async (t) => {
  t.strictSame(recent([charge(0, 2), charge(2 * HOUR, 1)], 24 * HOUR), [charge(2 * HOUR, 1)]);
});
