/** Options of scheduling: the latency objective, and how cores and workers are used for it. */
import Type from 'typebox';
import { about, HOUR_MS, MS } from '../option.ts';

export const SCHEDULING = {
  sloP99Ms: Type.Number({
    default: 200,
    minimum: 1,
    maximum: HOUR_MS,
    ...about(
      'Latency objective: what the 99th percentile of an answer may take, waiting included. Batch size, queue length and admission follow from it; a request that would come later is refused at once. model.json may set another for one model.',
      MS,
    ),
  }),
  wideThreads: Type.Integer({
    minimum: 1,
    maximum: 1024,
    ...about(
      'Threads of the wide sessions, which answer a request that finds the server idle sooner than one thread would. 1 does without them and saves their memory.',
      {
        computed: ({ machine, valueOf }) => Math.min(Number(valueOf('workers')), machine.cores),
        otherwise: 'workers, at most the usable cores',
      },
    ),
  }),
  prefetchUnderMs: Type.Number({
    default: 50,
    minimum: 0,
    maximum: 10_000,
    ...about(
      'A busy worker is given its next batch early only when its running one is predicted to end within this. 0 keeps batches with the batcher, free to go to whichever worker is first.',
      MS,
    ),
  }),
} as const;
