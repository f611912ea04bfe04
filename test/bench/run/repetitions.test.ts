/** In which order repetitions are taken. */
import t from 'tap';
import type { Context } from '../../../bench/run/context.ts';
import { repeatEach } from '../../../bench/run/repetitions.ts';

t.test('every measurement is taken once before any is repeated', async (t) => {
  const steps: string[] = [];
  const progress = { step: (what: string) => void steps.push(what) };
  const context = { form: { repetitions: 2 }, progress } as unknown as Context;
  const results = await repeatEach(
    context,
    ['a', 'b'],
    (item) => `step ${item}`,
    async (item, repetition) => `${item}${repetition}`,
  );
  t.strictSame(results, [
    ['a0', 'a1'],
    ['b0', 'b1'],
  ]);
  t.strictSame(steps, ['step a', 'step b', 'step a', 'step b']);
});
