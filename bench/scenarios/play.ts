/** One scenario: a load other than the standard photographs. */
import type { Context } from '../run/context.ts';
import type { Outcome } from '../generator/phase.ts';
import type { Scenario } from '../record/results.ts';
import { failuresOf, goodPerSecond, latencyOf, valuesOf } from '../run/rows.ts';

export interface Play {
  readonly name: string;
  /** Steps for each repetition. */
  readonly steps: number;
  readonly run: (context: Context) => Promise<readonly Scenario[]>;
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
