/** Examples of error answers in the OpenAPI document. Their messages are those of the server; tests compare them. */
import type { Static } from 'typebox';
import { ServingError, type ErrorCode } from '../../errors.ts';
import { encodeError } from '../../http/answer/error-body.ts';
import type { Example } from '../../protocol/description.ts';
import { REQUEST_ID, type ErrorAnswer } from '../../protocol/schemas.ts';
import { topKRule } from '../../protocol/v1/codec/images/top-k.ts';

type ErrorBody = Static<typeof ErrorAnswer>;

const failure = (code: ErrorCode, message: string, pointer?: string): ErrorBody => {
  const error = new ServingError(code, message, pointer === undefined ? {} : { pointer });
  return JSON.parse(encodeError(error, REQUEST_ID)) as ErrorBody;
};

/** One error for each status, as the answer to it looks; several codes share a status. */
export const ERROR_EXAMPLES: Partial<Record<ErrorCode, ErrorBody>> = {
  BAD_QUERY: failure('BAD_QUERY', topKRule(1000), '/top_k'),
  BAD_HEADER: failure('BAD_HEADER', 'x-request-timeout-ms must be a positive whole number of milliseconds.'),
  UNAUTHENTICATED: failure(
    'UNAUTHENTICATED',
    'This needs an API key or a token: send Authorization: Bearer …, or x-api-key: ….',
  ),
  ROUTE_NOT_FOUND: failure('ROUTE_NOT_FOUND', 'There is nothing at this path; see /docs.'),
  MODEL_NOT_FOUND: failure('MODEL_NOT_FOUND', 'There is no model resnet18.'),
  METHOD_NOT_ALLOWED: failure('METHOD_NOT_ALLOWED', 'PUT is not a method of this path.'),
  TOO_MANY_IMAGES: failure('TOO_MANY_IMAGES', 'A request may carry 16 images at most.', '/images'),
  UNSUPPORTED_IMAGE: failure(
    'UNSUPPORTED_IMAGE',
    'GIF images are not served; send a JPEG, PNG or WebP with one frame.',
  ),
  RATE_LIMITED: failure('RATE_LIMITED', 'The caller may send 50 requests in 1 s; try again in 1 s.'),
  INTERNAL: failure('INTERNAL', 'The server has failed; its log has the details.'),
  URL_FAILED: failure('URL_FAILED', 'The host of the URL could not be reached or answered with an error.'),
  QUEUE_FULL: failure('QUEUE_FULL', 'The queue of model efficientnet-lite0 is full.'),
  DEADLINE_EXCEEDED: failure('DEADLINE_EXCEEDED', 'The request was not answered within its 30000 ms.'),
};

const EXAMPLES: Readonly<Record<string, Example>> = Object.fromEntries(
  Object.entries(ERROR_EXAMPLES).map(([code, value]) => [code, { summary: code, value }]),
);

/** The example of the first of the codes that has one, by its name; empty when none has. */
export function errorExample(codes: readonly ErrorCode[]): Readonly<Record<string, Example>> {
  const [shown] = codes.filter((code) => code in EXAMPLES);
  return shown === undefined ? {} : { [shown]: EXAMPLES[shown]! };
}
