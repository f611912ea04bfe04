/** A body as JSON. Bad UTF-8 is refused: Node would put replacement characters in its place. */
import { isUtf8 } from 'node:buffer';
import { ServingError } from '../errors.ts';

/** Some programs write it before UTF-8; JSON does not allow it, and lets a reader ignore it (RFC 8259 section 8.1). */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** How often the bytes of a JSON body are in memory while it is decoded: as they came, as a text, and as what the text holds. */
export const JSON_COPIES = 3;

/** As that of JSON.parse, and V8 gives it the source text of a number. */
export type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/**
 * The value of a JSON text. V8 parses without recursion, so no depth overflows the stack; time grows with the size of
 * the body only.
 * @throws ServingError BAD_JSON, or EMPTY_BODY for a body without bytes
 */
export function parseJson(body: Buffer, reviver?: Reviver): unknown {
  if (body.length === 0) throw new ServingError('EMPTY_BODY', 'The body is empty: it must be JSON.');
  if (!isUtf8(body)) throw new ServingError('BAD_JSON', 'The body is not valid UTF-8.');
  const start = body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  try {
    return JSON.parse(body.toString('utf8', start), reviver as never) as unknown;
  } catch (cause) {
    throw new ServingError('BAD_JSON', 'The body is not valid JSON.', { cause });
  }
}
