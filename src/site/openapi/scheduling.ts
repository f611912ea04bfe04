/** Schemas of what the scheduler tells about itself: the costs it has measured, and the last batches. */
import Type from 'typebox';
import type { DispatchReason } from '../../batcher/policy.ts';
import type { Width } from '../../thread/messages.ts';

/** Names of a union of texts, complete by type: a name too many or too few does not compile. */
export const namesOf = <Name extends string>(names: Record<Name, true>) => Object.keys(names) as Name[];

export const REASONS = namesOf<DispatchReason>({ idle: true, full: true, delay: true, prefetch: true });
export const WIDTHS = namesOf<Width>({ narrow: true, wide: true });

const number = (description: string) => Type.Number({ minimum: 0, description });
const rows = Type.Integer({ minimum: 1, description: 'Rows of the batch.' });
const width = Type.Enum([...WIDTHS], { description: 'One thread, or all cores.' });

const RunCost = Type.Object(
  {
    rows,
    width,
    mean_ms: number('Expected duration of the run, without decoding.'),
    p99_ms: number('99th percentile.'),
    observed: Type.Integer({ minimum: 0, description: 'Runs seen; 0: known from warm-up alone.' }),
  },
  { title: 'RunCost' },
);

export const Cost = Type.Object(
  {
    slo_p99_ms: number('The latency objective.'),
    batch_cap: Type.Integer({
      minimum: 1,
      description: 'Rows of the largest batch that pays and fits the objective.',
    }),
    decode_ms: Type.Optional(number('What images have taken lately to decode, scale and crop.')),
    tail_ratio: number('99th percentile over mean of the duration of batches.'),
    forecast_wait_ms: number('How long a request that came now would wait for a worker.'),
    forecast_error_ratio: number('99th percentile of what requests took over what was forecast.'),
    runs: Type.Array(RunCost),
  },
  { title: 'Cost', description: 'What a batch costs, as measured, and what follows from it.' },
);

const LastBatch = Type.Object(
  {
    ago_ms: number('Since it was sent to its worker.'),
    model: Type.Object({ name: Type.String(), version: Type.String() }),
    worker: Type.Integer({ minimum: 0 }),
    size: rows,
    width,
    reason: Type.Enum([...REASONS], { description: 'Why it left when it did.' }),
    left_in_queue: Type.Integer({ minimum: 0, description: 'Rows of the model that went on waiting.' }),
    waited_ms: number('How long its oldest entry had waited.'),
    predicted_ms: number('Duration that was predicted, decoding included.'),
    outcome: Type.Enum(['running', 'done', 'failure', 'cancelled', 'died']),
    decode_ms: Type.Optional(number('What decoding took.')),
    infer_ms: Type.Optional(number('What the run took.')),
  },
  { title: 'LastBatch' },
);

export const Batches = Type.Object(
  { batches: Type.Array(LastBatch, { description: 'Newest first.' }) },
  { title: 'Batches', description: 'The last batches, and why each was what it was.' },
);
