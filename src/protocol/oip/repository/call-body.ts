/** The body of a call of the repository extension: empty, or a JSON object. */
import { ServingError } from '../../../errors.ts';
import { refuseEncoded } from '../../../http/body/small.ts';
import type { Exchange } from '../../../http/exchange.ts';
import { parseJson } from '../../json-text.ts';

/** Longest body; what is valid is much shorter. */
const MAX_BYTES = 64 * 1024;

/**
 * The object; an empty one where there is no body. Its content type does not matter: clients send none, or that of a form.
 * @throws ServingError BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, BAD_JSON, or BAD_FIELD when it is no object. A body that does
 * not come within the deadline ends the exchange; the call itself takes as long as it takes.
 */
export async function callBody(exchange: Exchange): Promise<Readonly<Record<string, unknown>>> {
  exchange.startDeadline();
  const bytes = await smallBody(exchange);
  exchange.stopDeadline();
  if (bytes.length === 0) return {};
  const value = parseJson(bytes);
  if (isObject(value)) return value;
  throw new ServingError('BAD_FIELD', 'The body must be a JSON object, or empty.', { pointer: '' });
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function smallBody(exchange: Exchange): Promise<Buffer> {
  const { contentLength } = exchange.head;
  const tooLarge = (): ServingError =>
    new ServingError('BODY_TOO_LARGE', `The body is larger than the ${MAX_BYTES} bytes that are taken here.`);
  refuseEncoded(exchange);
  if (contentLength === 0) return Buffer.alloc(0);
  if ((contentLength ?? 0) > MAX_BYTES) throw tooLarge();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    exchange.readBody((chunk, isLast) => {
      length += chunk.byteLength;
      if (length > MAX_BYTES) return reject(tooLarge());
      chunks.push(Buffer.from(new Uint8Array(chunk))); // A copy: the chunk is detached afterwards.
      if (isLast) resolve(Buffer.concat(chunks));
    });
  });
}
