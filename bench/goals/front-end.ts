/** What the front end and the batcher do when the model is not the limit. */
import type { Outcome } from '../generator/phase.ts';
import type { BenchModel } from '../inputs/models.ts';
import { using, type Context } from '../run/context.ts';
import { PATIENT } from '../run/phases.ts';
import { repeatEach } from '../run/repetitions.ts';
import { goodPerSecond } from '../run/rows.ts';
import { rowPhase, startWith } from '../scenarios/tensors.ts';
import type { Ortolan } from '../../tools/process/ortolan.ts';
import { takePairs, type Goal } from './goal.ts';

const CONNECTIONS = 128;
/** Two workers with a batch of 64 each, and as many waiting. */
const MATRIX_CONNECTIONS = 256;
/** A generator that was this busy may have been what limited the figure. */
const BUSY = 0.95;

export const frontEndAlone: Goal = {
  name: 'front end with a trivial model',
  steps: ({ form }) => form.pairs,
  async run(context) {
    const { pairs, pairMs } = context.form;
    const start = startWith(['trivial'], { cores: '0', args: ['--workers', '1', ...PATIENT] });
    const [outcomes = []] = await using(start, (server) =>
      repeatEach(
        context,
        [server],
        () => this.name,
        () => rowPhase(context, server, 'trivial', CONNECTIONS, { durationMs: pairMs }),
        pairs,
      ),
    );
    const limited = outcomes.some(({ generatorCpu }) => generatorCpu > BUSY)
      ? '; the generator had no core left, so the server may do more than this'
      : '';
    return [
      {
        name: 'trivial model, binary tensors, on one core',
        bound: 25_000,
        better: 'at least',
        unit: 'requests per second',
        values: outcomes.map(goodPerSecond),
        how: `server with one worker on core 0, generator on the last core, closed loop of ${CONNECTIONS} connections${limited}`,
      },
    ];
  },
};

const matrixPhase = (context: Context, server: Ortolan, model: BenchModel): Promise<Outcome> =>
  rowPhase(context, server, model, MATRIX_CONNECTIONS, { durationMs: context.form.pairMs });

export const batching: Goal = {
  name: 'batching of a matrix-bound model',
  steps: ({ form }) => form.pairs,
  async run(context) {
    const start = startWith(['matrix', 'matrix-unbatched'], { args: PATIENT });
    const pairs = await using(start, (server) =>
      takePairs(
        context,
        this.name,
        async () => goodPerSecond(await matrixPhase(context, server, 'matrix')),
        async () => goodPerSecond(await matrixPhase(context, server, 'matrix-unbatched')),
      ),
    );
    return [
      {
        name: 'matrix-bound model, batches over one by one',
        bound: 10,
        better: 'at least',
        unit: 'ratio',
        pairs,
        how: `a: rows per second as the server batches; b: of the same file with maxBatchSize 1; same server, rows of 4 KiB over ${MATRIX_CONNECTIONS} connections`,
      },
    ];
  },
};
