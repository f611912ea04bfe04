/** What the server leaves of the machine: its throughput and its latency against the same work with no server. */
import type { Pace } from '../ceilings/order.ts';
import { startThreads } from '../ceilings/threads.ts';
import type { Outcome } from '../generator/phase.ts';
import type { Target } from '../record/results.ts';
import { MODELS, using } from '../run/context.ts';
import { closedPhase, PATIENT, startPatient } from '../run/phases.ts';
import { goodPerSecond } from '../run/rows.ts';
import { cores } from '../../tools/process/pinning.ts';
import { takePairs, type Goal } from './goal.ts';

export const SATURATING = 32;

interface Compared {
  readonly target: Omit<Target, 'model' | 'unit' | 'pairs'>;
  readonly connections: number;
  readonly ofServer: (outcome: Outcome) => number;
  /** One thread with a session over all cores, or a thread with a session of its own for each core. */
  readonly width: 'narrow' | 'wide';
  readonly ofThreads: (pace: Pace) => number;
}

const overThreads = (name: string, { target, connections, ofServer, width, ofThreads }: Compared): Goal => ({
  name,
  steps: ({ form }) => form.pairs * MODELS.length,
  async run(context) {
    const durationMs = context.form.pairMs;
    const targets: Target[] = [];
    for (const model of MODELS) {
      const alone = startThreads(context, model, width === 'wide' ? { count: 1, wideThreads: cores } : {});
      const pairs = await using(alone, (threads) =>
        using(startPatient(model), (server) =>
          takePairs(
            context,
            `${model}, ${name}`,
            async () => ofServer(await closedPhase(context, server, connections, { durationMs })),
            async () =>
              ofThreads(await threads.measure({ work: 'decode and run', rows: 1, width, durationMs })),
          ),
        ),
      );
      targets.push({ ...target, model, unit: 'ratio', pairs });
    }
    return targets;
  },
});

export const throughputOfCeiling = overThreads('throughput over the ceiling', {
  target: {
    name: 'saturated throughput over decode and run with no server',
    bound: 0.93,
    better: 'at least',
    how: `a: good answers per second at ${SATURATING} connections, started with ${PATIENT.join(' ')}; b: decode and run over all cores, no server`,
  },
  connections: SATURATING,
  ofServer: goodPerSecond,
  width: 'narrow',
  ofThreads: ({ perSecond }) => perSecond,
});

export const latencyOfCeiling = overThreads('latency over the ceiling', {
  target: {
    name: 'p50 of one connection over decode and wide run alone',
    bound: 1.15,
    better: 'at most',
    how: 'a: p50 at one connection, ms; b: median of one thread decoding, then running a session over all cores, ms',
  },
  connections: 1,
  ofServer: ({ latency }) => latency.p50,
  width: 'wide',
  ofThreads: ({ p50 }) => p50,
});

export const preprocessing: Goal = {
  name: 'preprocessing over sharp',
  steps: ({ form }) => form.pairs,
  async run(context) {
    const pairs = await using(startThreads(context, 'int8', { count: 1 }), (threads) => {
      const pace = (work: 'decode' | 'sharp') => async (): Promise<number> =>
        (await threads.measure({ work, rows: 1, width: 'narrow', durationMs: context.form.pairMs }))
          .perSecond;
      return takePairs(context, this.name, pace('decode'), pace('sharp'));
    });
    return [
      {
        name: 'preprocessing over the pipeline of sharp',
        bound: 3.5,
        better: 'at least',
        unit: 'ratio',
        pairs,
        how:
          'a: photographs per second of one worker’s image stage; b: of sharp on the same thread, resize to cover 256 with kernel cubic, ' +
          'extract 224, raw, one at a time',
      },
    ];
  },
};
