/** Compared figures are measured in alternation. */
import t from 'tap';
import type { Context } from '../../../bench/run/context.ts';
import { takePairs } from '../../../bench/goals/goal.ts';

/** What pairs need of a run. */
const contextOf = (pairs: number): Context =>
  ({ form: { pairs }, progress: { step: () => undefined } }) as unknown as Context;

t.test('pairs are taken A B A B', async (t) => {
  const order: string[] = [];
  const take = (name: string, value: number) => async (): Promise<number> => {
    order.push(name);
    return value + order.length;
  };
  const pairs = await takePairs(contextOf(3), 'x', take('a', 10), take('b', 20));
  t.same(order, ['a', 'b', 'a', 'b', 'a', 'b']);
  t.same(pairs, [
    { a: 11, b: 22 },
    { a: 13, b: 24 },
    { a: 15, b: 26 },
  ]);
});

t.test('a pair without a ratio is left out', async (t) => {
  const pairs = await takePairs(
    contextOf(2),
    'x',
    async () => NaN,
    async () => 1,
  );
  t.same(pairs, []);
});
