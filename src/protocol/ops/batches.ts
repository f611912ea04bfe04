/** The last batches: their size, width, reason, prediction and outcome, to explain the latency of an answer. */
import Type from 'typebox';
import { ServingError } from '../../errors.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { BatchRecord } from '../../scheduler/recent-batches.ts';
import { ALWAYS, json, type Example, type Parameter } from '../description.ts';
import { timing } from '../rounding.ts';
import type { DescribedRoute } from '../route-set.ts';
import { amount, batchRows, batchWidth, count, MODEL, REASONS } from '../schemas.ts';

const LastBatch = Type.Object(
  {
    ago_ms: amount('Since it was sent to its worker.'),
    model: Type.Object({ name: Type.String(), version: Type.String() }),
    worker: Type.Integer({ minimum: 0 }),
    size: batchRows,
    width: batchWidth,
    reason: Type.Enum([...REASONS], { description: 'Why it was sent to a worker at that moment.' }),
    left_in_queue: count('Rows of the model that stayed in the queue.'),
    waited_ms: amount('How long its oldest entry had waited.'),
    predicted_ms: amount('Duration that was predicted, decoding included.'),
    outcome: Type.Enum(['running', 'done', 'failure', 'cancelled', 'died']),
    decode_ms: Type.Optional(amount('What decoding took.')),
    infer_ms: Type.Optional(amount('What the run took.')),
  },
  { title: 'LastBatch' },
);

export const Batches = Type.Object(
  { batches: Type.Array(LastBatch, { description: 'Newest first.' }) },
  { title: 'Batches', description: 'The last batches, with their reasons.' },
);

const EXAMPLE: Example = {
  summary: 'One batch, on all cores',
  value: {
    batches: [
      {
        ago_ms: 12.5,
        model: MODEL,
        worker: 0,
        size: 1,
        width: 'wide',
        reason: 'idle',
        left_in_queue: 0,
        waited_ms: 0.05,
        predicted_ms: 6.9,
        outcome: 'done',
        decode_ms: 1.2,
        infer_ms: 5.6,
      },
    ],
  },
};

const Limit: Parameter = {
  name: 'limit',
  in: 'query',
  required: false,
  description: 'How many of the newest batches to return; without it all that are kept (128).',
  schema: { type: 'integer', minimum: 1 },
};

/** `now`: the time on the clock of the records, in milliseconds. */
interface BatchesParts {
  readonly batches: () => readonly BatchRecord[];
  readonly now: () => number;
}

export const batchesRoute: DescribedRoute<BatchesParts> = {
  method: 'GET',
  pattern: '/debug/batches',
  quiet: true,
  access: 'debug',
  summary: 'The last batches, newest first, with their reasons',
  tag: 'Operations',
  description:
    'For each batch: its worker, its size, its width, why it was sent when it was, the predicted and the measured time.',
  parameters: { Limit },
  answers: { 200: { description: 'The batches.', contents: json(Batches, { batches: EXAMPLE }) } },
  errors: [...ALWAYS, 'BAD_QUERY'],
  samples: [{ label: 'The last ones', path: '/debug/batches?limit=10' }],
  handle: (exchange, { batches, now }) => showBatches(exchange, batches(), now()),
};

const NUMBER = /^[1-9]\d{0,5}$/;

/**
 * `now`: on the clock of the records, in milliseconds.
 * @throws ServingError BAD_QUERY when limit is not a positive whole number
 */
export function showBatches(exchange: Exchange, batches: readonly BatchRecord[], now: number): void {
  const shown = batches.slice(0, limitOf(exchange.head.query));
  exchange.answer({
    contentType: 'application/json',
    body: JSON.stringify({ batches: shown.map((batch) => described(batch, now)) }),
  });
}

/** The limit of the query; undefined for all that are kept. */
function limitOf(query: string): number | undefined {
  const limit = new URLSearchParams(query).get('limit');
  if (limit === null) return undefined;
  if (NUMBER.test(limit)) return Number(limit);
  throw new ServingError('BAD_QUERY', 'limit is a positive whole number.', { pointer: '/limit' });
}

const described = (batch: BatchRecord, now: number): object => ({
  ago_ms: timing(now - batch.at),
  model: { name: batch.model, version: batch.version },
  worker: batch.worker,
  size: batch.rows,
  width: batch.width,
  reason: batch.reason,
  left_in_queue: batch.left,
  waited_ms: timing(batch.waitedMs),
  predicted_ms: timing(batch.predictedMs),
  outcome: batch.outcome ?? 'running',
  ...(batch.decodeMs === undefined ? {} : { decode_ms: timing(batch.decodeMs) }),
  ...(batch.inferMs === undefined ? {} : { infer_ms: timing(batch.inferMs) }),
});
