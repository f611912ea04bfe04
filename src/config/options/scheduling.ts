/** Options of scheduling: the latency objective, and how cores and workers are used for it. */
import Type from 'typebox';
import { about, HOUR_MS, MS } from '../option.ts';

export const SCHEDULING = {
  sloP99Ms: Type.Number({
    default: 200,
    minimum: 1,
    maximum: HOUR_MS,
    ...about(
      'Latency objective: the highest p99 of answers, waiting included. Batch size, queue length and admission follow from it; a request that would be answered later is refused at once. model.json may set another for one model.',
      MS,
    ),
  }),
  leastBatchGain: Type.Number({
    default: 0.1,
    minimum: 0.02,
    maximum: 0.9,
    ...about(
      'By how much cheaper a row has to be in a larger batch for that batch size to be used, as a share. Smaller shares give some per cent of throughput under load and take memory for good: every size that is used keeps its activations in each session (EfficientNet-Lite0: 12 MB a row). A batch that gains less than 0.1 is only made while as many rows again wait.',
    ),
  }),
  wideThreads: Type.Integer({
    minimum: 1,
    maximum: 1024,
    ...about(
      'Threads of the wide sessions, which run a batch on several cores while the server is otherwise idle. 1: no wide sessions, which saves their memory.',
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
      'A busy worker gets its next batch in advance when its running batch is predicted to end within this time. 0: batches stay in the queue until a worker is free.',
      MS,
    ),
  }),
  coalesceMs: Type.Number({
    default: 0,
    minimum: 0,
    maximum: 100,
    ...about(
      'While each worker has its next batch already and rows wait behind, requests and results are gathered for up to this time and served together, which costs less than one by one. An answer is later by a sixth of its wait at most. 0: each is served when it comes.',
      MS,
    ),
  }),
} as const;
