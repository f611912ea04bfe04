/** Headers that any request may have, and those of the answers, as the OpenAPI document describes them. */
import type { Parameter, Schema } from '../../protocol/description.ts';
import type { Header } from './document.ts';

/** By its name in the document. */
export const ANY_REQUEST = {
  RequestId: {
    name: 'x-request-id',
    in: 'header',
    required: false,
    description:
      'Request id, for the log and the answer; one that does not match the pattern is replaced by a new one.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,64}$' },
  },
} as const satisfies Record<string, Parameter>;

export const HEADERS = {
  'x-request-id': header('Request id; the log has it too.', 'string'),
  'Server-Timing': header(
    'Milliseconds in total; for a prediction also by stage, and the batch that it went in.',
    'string',
  ),
  'Retry-After': header(
    'Seconds after which a retry is sensible; with every code that is retryable.',
    'integer',
  ),
  RateLimit: header(
    'What is left of each limit of the caller, and the seconds until more is there: `"rate";r=49;t=1`. On every answer to a caller that has limits.',
    'string',
  ),
  'RateLimit-Policy': header(
    'The limits of the caller: `"rate";q=50;w=1` are 50 in one second. On every answer to a caller that has limits.',
    'string',
  ),
  'Cache-Status': header(
    'What the cache of answers did, by RFC 9211: `ortolan; hit`, or `fwd=miss` with `stored` or `collapsed`. Only where it is on.',
    'string',
  ),
  ETag: header(
    'The same for the same results: send it as `If-None-Match` to get 304 for them. Only where the cache of answers is on.',
    'string',
  ),
  'WWW-Authenticate': header(
    'What is missing or wrong with the credentials, by RFC 6750; where authentication is on.',
    'string',
  ),
  'x-suspect-images': header(
    'Positions, from 0, of images that look tampered with. Only where the model looks for them (`detectAbove` in model.json).',
    'string',
  ),
  'x-defaulted-features': header(
    'Features for which a default was taken, the first twenty. Only where the request gave `entities` and the feature store had no value.',
    'string',
  ),
  Allow: header('The methods of the path.', 'string'),
  'Accept-Encoding': header(
    'The content encodings that are read, when that of the body is not one.',
    'string',
  ),
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof HEADERS;

function header(description: string, type: string): { description: string; schema: Schema } {
  return { description, schema: { type } };
}
