/** How a target is measured: pairs of figures taken back to back, or plain values. */
import type { Context } from '../run/context.ts';
import type { Pair } from '../record/statistics.ts';
import type { Target } from '../record/results.ts';

export interface Goal {
  readonly name: string;
  readonly steps: (context: Pick<Context, 'form'>) => number;
  readonly run: (context: Context) => Promise<readonly Target[]>;
}

/**
 * A B A B ...: the machine changes more from one minute to the next than what is compared differs, so only
 * neighbours are divided by each other.
 */
export async function takePairs(
  context: Context,
  name: string,
  a: () => Promise<number>,
  b: () => Promise<number>,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let pair = 0; pair < context.form.pairs; pair++) {
    pairs.push({ a: await a(), b: await b() });
    context.progress.step(name);
  }
  return pairs.filter((pair) => Number.isFinite(pair.a / pair.b));
}
