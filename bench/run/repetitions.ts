/** Repetitions of what is measured: everything once, then everything again, so that slow drifts of the machine reach all. */
import type { Context } from './context.ts';

/** `take` of each item once in every repetition. Returns the results of each item, in the order of the items. */
export async function repeatEach<Item, Result>(
  context: Pick<Context, 'form' | 'progress'>,
  items: readonly Item[],
  stepName: (item: Item) => string,
  take: (item: Item, repetition: number) => Promise<Result>,
  repetitions = context.form.repetitions,
): Promise<Result[][]> {
  const results = items.map((): Result[] => []);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const [index, item] of items.entries()) {
      results[index]!.push(await take(item, repetition));
      context.progress.step(stepName(item));
    }
  }
  return results;
}

/** `take` once for each repetition. */
export const repeat = async <Result>(
  context: Pick<Context, 'form' | 'progress'>,
  name: string,
  take: (repetition: number) => Promise<Result>,
): Promise<Result[]> =>
  (
    await repeatEach(
      context,
      [name],
      () => name,
      (_name, repetition) => take(repetition),
    )
  )[0]!;
