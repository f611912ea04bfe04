/** What the server leaves of the machine: its throughput and its latency against the same work with no server. */
import { MODELS, using } from '../context.ts';
import { goodPerSecond } from '../rows.ts';
import { closedPhase, startPatient } from '../sections/closed-loop.ts';
import { startThreads } from '../sections/ceilings.ts';
import { PATIENT } from '../server.ts';
import type { Target } from '../results.ts';
import { takePairs, type Goal } from './goal.ts';

export const SATURATING = 32;

export const throughputOfCeiling: Goal = {
  name: 'throughput over the ceiling',
  steps: ({ form }) => form.pairs * MODELS.length,
  async run(context) {
    const targets: Target[] = [];
    for (const model of MODELS) {
      const pairs = await using(startPatient(model), (server) =>
        using(startThreads(context, model), (threads) =>
          takePairs(
            context,
            `${model}, ${this.name}`,
            async () => goodPerSecond(await closedPhase(context, server, SATURATING, context.form.pairMs)),
            async () =>
              (
                await threads.measure({
                  work: 'decode and run',
                  rows: 1,
                  width: 'narrow',
                  durationMs: context.form.pairMs,
                })
              ).perSecond,
          ),
        ),
      );
      targets.push({
        name: 'saturated throughput over decode and run with no server',
        model,
        bound: 0.93,
        better: 'at least',
        unit: 'ratio',
        pairs,
        how: `a: good answers per second at ${SATURATING} connections, started with ${PATIENT.join(' ')}; b: decode and run over all cores, no server`,
      });
    }
    return targets;
  },
};

export const latencyOfCeiling: Goal = {
  name: 'latency over the ceiling',
  steps: ({ form }) => form.pairs * MODELS.length,
  async run(context) {
    const targets: Target[] = [];
    for (const model of MODELS) {
      const pairs = await using(startPatient(model), (server) =>
        using(startThreads(context, model, 1, context.results.machine.cores), (threads) =>
          takePairs(
            context,
            `${model}, ${this.name}`,
            async () => (await closedPhase(context, server, 1, context.form.pairMs)).latency.p50,
            async () =>
              (
                await threads.measure({
                  work: 'decode and run',
                  rows: 1,
                  width: 'wide',
                  durationMs: context.form.pairMs,
                })
              ).p50,
          ),
        ),
      );
      targets.push({
        name: 'p50 of one connection over decode and wide run alone',
        model,
        bound: 1.15,
        better: 'at most',
        unit: 'ratio',
        pairs,
        how: 'a: p50 at one connection, ms; b: median of one thread decoding, then running a session over all cores, ms',
      });
    }
    return targets;
  },
};

export const preprocessing: Goal = {
  name: 'preprocessing over sharp',
  steps: ({ form }) => form.pairs,
  async run(context) {
    const pairs = await using(startThreads(context, 'int8', 1), (threads) => {
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
