/** The header that sets a deadline, for every route that predicts. */
import type { Parameter } from './description.ts';

export const TimeoutMs: Parameter = {
  name: 'x-request-timeout-ms',
  in: 'header',
  required: false,
  description:
    'Deadline of the request from its arrival, in milliseconds. A request that would have to wait for longer is refused at once; past it the answer is 504, and work that has not begun is dropped. It replaces the latency objective of the model. The server has a maximum, 30 s by default, which also applies to requests without a deadline.',
  schema: { type: 'integer', minimum: 1 },
};
