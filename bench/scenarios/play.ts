/** One scenario: what the harness loads on to the server beside the standard photographs. */
import type { Context } from '../context.ts';
import type { Outcome } from '../load/phase.ts';
import type { Scenario } from '../results.ts';
import { failuresOf, goodPerSecond, latencyOf, valuesOf } from '../rows.ts';

export interface Play {
  readonly name: string;
  /** Steps for each repetition. */
  readonly steps: number;
  readonly run: (context: Context) => Promise<readonly Scenario[]>;
}

/** `take` once for each repetition. */
export async function repeat<Result>(
  context: Context,
  name: string,
  take: (repetition: number) => Promise<Result>,
): Promise<Result[]> {
  const results = [];
  for (let repetition = 0; repetition < context.form.repetitions; repetition++) {
    results.push(await take(repetition));
    context.progress.step(name);
  }
  return results;
}

/** The columns that every scenario has. Refusals count as failed where the load is a closed loop. */
export const scenarioOf = (
  name: string,
  description: string,
  outcomes: readonly Outcome[],
  figures: Scenario['figures'] = {},
): Scenario => ({
  name,
  description,
  server: 'ortolan',
  ...latencyOf(outcomes),
  perSecond: outcomes.map(goodPerSecond),
  failed: failuresOf(outcomes),
  figures: {
    'CPU seconds per second': valuesOf(outcomes, ({ serverCpu }) => serverCpu),
    ...figures,
  },
});
