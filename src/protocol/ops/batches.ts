/** The last batches and why each was what it was: for whoever asks why an answer took as long as it did. */
import Type from 'typebox';
import { ServingError } from '../../errors.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { Footprint } from '../../scheduler/trail.ts';
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
    reason: Type.Enum([...REASONS], { description: 'Why it left when it did.' }),
    left_in_queue: count('Rows of the model that went on waiting.'),
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
  { title: 'Batches', description: 'The last batches, and why each was what it was.' },
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
  description: 'How many of the newest to return; all that are kept (128) when it is left out.',
  schema: { type: 'integer', minimum: 1 },
};

/** `now`: the time on the clock of the footprints, in milliseconds. */
interface BatchesParts {
  readonly batches: () => readonly Footprint[];
  readonly now: () => number;
}

export const batchesRoute: DescribedRoute<BatchesParts> = {
  method: 'GET',
  pattern: '/debug/batches',
  quiet: true,
  summary: 'The last batches, newest first, and why each was what it was',
  tag: 'Operations',
  description:
    'Batch by batch: where it went, how large, how wide and why, what was predicted and what it took.',
  parameters: { Limit },
  answers: { 200: { description: 'The batches.', contents: json(Batches, { batches: EXAMPLE }) } },
  errors: [...ALWAYS, 'BAD_QUERY'],
  samples: [{ label: 'The last ones', path: '/debug/batches?limit=10' }],
  handle: (exchange, { batches, now }) => showBatches(exchange, batches(), now()),
};

const NUMBER = /^[1-9]\d{0,5}$/;

/**
 * `now`: on the clock of the footprints, in milliseconds.
 * @throws ServingError BAD_QUERY for a limit that is none
 */
export function showBatches(exchange: Exchange, batches: readonly Footprint[], now: number): void {
  const shown = batches.slice(0, limitOf(exchange.head.query));
  exchange.answer({
    contentType: 'application/json',
    body: JSON.stringify({ batches: shown.map((batch) => told(batch, now)) }),
  });
}

/** How many are asked for; undefined for all that are kept. */
function limitOf(query: string): number | undefined {
  const limit = new URLSearchParams(query).get('limit');
  if (limit === null) return undefined;
  if (NUMBER.test(limit)) return Number(limit);
  throw new ServingError('BAD_QUERY', 'limit is a positive whole number.', { pointer: '/limit' });
}

const told = (batch: Footprint, now: number): object => ({
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
