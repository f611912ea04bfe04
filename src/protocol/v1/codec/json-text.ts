/** A body as JSON. Bad UTF-8 is refused: Node would put replacement characters in its place. */
import { isUtf8 } from 'node:buffer';
import { ServingError } from '../../../errors.ts';

/**
 * V8 parses without recursion, so no depth overflows the stack; time grows with the size of the body only.
 * @throws ServingError BAD_JSON, or EMPTY_BODY for a body without bytes
 */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) throw new ServingError('EMPTY_BODY', 'The body is empty: it must be JSON.');
  if (!isUtf8(body)) throw new ServingError('BAD_JSON', 'The body is not valid UTF-8.');
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (cause) {
    throw new ServingError('BAD_JSON', 'The body is not valid JSON.', { cause });
  }
}
