/** Parameters of requests and headers of answers, as the OpenAPI document describes them. */
import { LOG_LEVELS } from '../../telemetry/log/log.ts';
import type { Header, Parameter, Schema } from './document.ts';

export const PARAMETERS = {
  Model: {
    name: 'model',
    in: 'path',
    required: true,
    description: 'Name of a model.',
    schema: { type: 'string' },
  },
  Version: {
    name: 'version',
    in: 'path',
    required: true,
    description: 'A version of the model: its number or one of its labels.',
    schema: { type: 'string' },
  },
  Limit: {
    name: 'limit',
    in: 'query',
    required: false,
    description: 'How many of the newest to return; all that are kept (128) when it is left out.',
    schema: { type: 'integer', minimum: 1 },
  },
  TopK: {
    name: 'top_k',
    in: 'query',
    required: false,
    description:
      'How many classes to return, at most as many as the model has; 5 unless the server is set otherwise. It goes before a `top_k` in the body. Models that take rows do not know it.',
    schema: { type: 'integer', minimum: 1 },
  },
  Timeout: {
    name: 'timeout',
    in: 'query',
    required: false,
    description:
      'Deadline of the request from its arrival, in milliseconds, as `x-request-timeout-ms`; of the two the shorter holds.',
    schema: { type: 'integer', minimum: 1 },
  },
  TimeoutMs: {
    name: 'x-request-timeout-ms',
    in: 'header',
    required: false,
    description:
      'Deadline of the request from its arrival, in milliseconds. A request that would have to wait for longer is refused at once; past it the answer is 504, and work that has not begun is dropped. It takes the place of the latency objective of the model. The server has a longest one, 30 s by default, which also holds for requests that name none.',
    schema: { type: 'integer', minimum: 1 },
  },
  Level: {
    name: 'level',
    in: 'query',
    required: true,
    description: 'Least important level that is logged from now on.',
    schema: { type: 'string', enum: [...LOG_LEVELS] },
  },
  RequestId: {
    name: 'x-request-id',
    in: 'header',
    required: false,
    description: 'Name of the request for logs; one that does not fit the pattern is replaced by a new one.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,64}$' },
  },
} as const satisfies Record<string, Parameter>;

export const HEADERS = {
  'x-request-id': header('Name of the request, in the log too.', 'string'),
  'Server-Timing': header(
    'Milliseconds in total; for a prediction also by stage, and the batch that it went in.',
    'string',
  ),
  'Retry-After': header(
    'Seconds after which a retry is sensible; with every code that is retryable.',
    'integer',
  ),
  Allow: header('The methods of the path.', 'string'),
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof HEADERS;

function header(description: string, type: string): { description: string; schema: Schema } {
  return { description, schema: { type } };
}
