/** The front end by itself: a model that costs nothing, the server on one core and the generator on another. */
import { using, type Context } from '../run/context.ts';
import type { Outcome } from '../generator/phase.ts';
import { cores } from '../../tools/process/pinning.ts';
import { valuesOf } from '../run/rows.ts';
import { PATIENT } from '../run/phases.ts';
import { repeat } from '../run/repetitions.ts';
import type { Ortolan } from '../../tools/process/ortolan.ts';
import { scenarioOf, type Play } from './play.ts';
import { rowPhase, startWith } from './tensors.ts';

const CONNECTIONS = 128;
/** A generator that was this busy may have been what limited the figure. */
const BUSY = 0.95;

export const startOnOneCore = (): Promise<Ortolan> =>
  startWith(['trivial'], { cores: '0', args: ['--workers', '1', ...PATIENT] });

export const frontEndPhase = (context: Context, server: Ortolan, durationMs: number): Promise<Outcome> =>
  rowPhase(context, server, 'trivial', CONNECTIONS, { durationMs });

/** What the figure means: the generator's limit is not the server's. */
export const remarkOn = (outcomes: readonly Outcome[]): string =>
  outcomes.some(({ generatorCpu }) => generatorCpu > BUSY)
    ? '; the generator had no core left, so the server may do more than this'
    : '';

export const frontEnd: Play = {
  name: 'trivial model on one core',
  steps: 1,
  async run(context) {
    return using(startOnOneCore(), async (server) => {
      const outcomes = await repeat(context, this.name, () =>
        frontEndPhase(context, server, context.form.phaseMs),
      );
      const description =
        `Rows of 64 bytes, binary in and out, ${CONNECTIONS} connections; server with one worker on core 0, generator on core ` +
        `${cores - 1}${remarkOn(outcomes)}`;
      return [
        scenarioOf(this.name, description, outcomes, {
          'generator, CPU seconds per second': valuesOf(outcomes, ({ generatorCpu }) => generatorCpu),
        }),
      ];
    });
  },
};
