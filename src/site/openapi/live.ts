/** Schema of what the server tells about this moment and the last minute. */
import Type from 'typebox';
import { milliseconds, STATES } from './schemas.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

const LastMinute = Type.Object(
  {
    answered: count('Predictions that were answered.'),
    failed: count('Predictions that got an error answer, refusals included.'),
    answered_by_second: Type.Array(Type.Integer({ minimum: 0 }), {
      minItems: 60,
      maxItems: 60,
      description: 'Oldest first; the last is the second that runs.',
    }),
    p50_ms: Type.Optional(
      milliseconds('Median from first byte to answer, within 2.5 %; left out when none was answered.'),
    ),
    p99_ms: Type.Optional(milliseconds('99th percentile of the same.')),
  },
  { title: 'LastMinute', description: 'The predictions of the last sixty seconds.' },
);

const Waiting = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    state: Type.Enum(STATES),
    queued_rows: count('Rows waiting for a worker.'),
  },
  { title: 'Waiting' },
);

export const Live = Type.Object(
  {
    uptime_s: Type.Number({ minimum: 0, description: 'Seconds since the server was made.' }),
    last_minute: LastMinute,
    models: Type.Array(Waiting),
    workers: Type.Object(
      {},
      {
        additionalProperties: Type.Integer({
          minimum: 1,
          description: 'How many threads are in the state: `busy` has a batch, `ready` has none.',
        }),
        description: 'Worker threads by state.',
      },
    ),
  },
  { title: 'Live', description: 'The last minute, and what waits and works now.' },
);
