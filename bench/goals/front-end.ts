/** What the front end and the batcher do when the model is not the limit. */
import { using } from '../run/context.ts';
import type { Outcome } from '../generator/phase.ts';
import { goodPerSecond } from '../run/rows.ts';
import { frontEndPhase, remarkOn, startOnOneCore } from '../scenarios/front-end.ts';
import { matrixPhase, startMatrix } from '../scenarios/tensors.ts';
import { takePairs, type Goal } from './goal.ts';

export const frontEndAlone: Goal = {
  name: 'front end with a trivial model',
  steps: ({ form }) => form.pairs,
  async run(context) {
    const outcomes: Outcome[] = [];
    await using(startOnOneCore(), async (server) => {
      for (let repetition = 0; repetition < context.form.pairs; repetition++) {
        outcomes.push(await frontEndPhase(context, server, context.form.pairMs));
        context.progress.step(this.name);
      }
    });
    return [
      {
        name: 'trivial model, binary tensors, on one core',
        bound: 25_000,
        better: 'at least',
        unit: 'requests per second',
        values: outcomes.map(goodPerSecond),
        how: `server with one worker on core 0, generator on the last core, closed loop${remarkOn(outcomes)}`,
      },
    ];
  },
};

export const batching: Goal = {
  name: 'batching of a matrix-bound model',
  steps: ({ form }) => form.pairs,
  async run(context) {
    const pairs = await using(startMatrix(), (server) => {
      const side = (model: 'matrix' | 'matrix-unbatched') => async (): Promise<number> =>
        goodPerSecond(await matrixPhase(context, server, model, context.form.pairMs));
      return takePairs(context, this.name, side('matrix'), side('matrix-unbatched'));
    });
    return [
      {
        name: 'matrix-bound model, batches over one by one',
        bound: 10,
        better: 'at least',
        unit: 'ratio',
        pairs,
        how: 'a: rows per second as the server batches; b: of the same file with maxBatchSize 1; same server, closed loop over HTTP',
      },
    ];
  },
};
