/**
 * Reads a request body into one buffer. The limit holds while it is read: nothing is kept beyond it.
 * uWebSockets.js sets no limit of its own and detaches every chunk when the callback returns, so each chunk is
 * copied at once.
 */
import type { Permit } from '../../admission/budget.ts';
import { ServingError } from '../../errors.ts';
import type { BodyBuffers } from './buffers.ts';
import type { Exchange } from '../exchange.ts';
import { GrowingBody } from './growing-body.ts';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Grows as the body arrives. */
  readonly permit: Permit;
  readonly buffers: BodyBuffers;
}

/** First size of the buffer for a chunked body. */
const CHUNKED_START_BYTES = 64 * 1024;

/**
 * The body of the request. Its memory is used again when the exchange has ended. Must be called before the
 * route handler returns: chunks that have arrived by then are not delivered again.
 * @throws ServingError BODY_TOO_LARGE, EMPTY_BODY or OVERLOADED. When the client disconnects, the promise rejects
 * too, but the exchange has ended and nothing is sent. A declared length was compared by refuseTooLarge().
 */
export function readBody(exchange: Exchange, { maxBytes, permit, buffers }: BodyLimits): Promise<Buffer> {
  const declared = exchange.head.contentLength;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const body = new GrowingBody(buffers, declared ?? CHUNKED_START_BYTES, declared ?? maxBytes);
  let over = false;
  const fail = (error: unknown): void => {
    over = true;
    permit.arrived();
    reject(error);
  };

  exchange.onEnd(() => {
    // Nearly always the body has been read by now, and an Error costs 5 us for its stack.
    if (!over) fail(new ServingError('INTERNAL', 'The exchange has ended.'));
    body.release();
  });
  exchange.readBody((chunk, isLast) => {
    if (over) return;
    if (body.length + chunk.byteLength > maxBytes) return fail(tooLarge(maxBytes));
    try {
      permit.came(chunk.byteLength);
      if (!isLast) permit.arrives(fail);
    } catch (error) {
      return fail(error);
    }
    // A trailing chunk of no bytes is usual, and detached already.
    if (chunk.byteLength > 0) body.append(new Uint8Array(chunk));
    if (!isLast) return;
    if (body.length === 0) return fail(new ServingError('EMPTY_BODY', 'The request has no body.'));
    over = true;
    permit.arrived();
    resolve(body.bytes);
  });
  return promise;
}

/**
 * Compares the declared length of the body. Comes before the permit: a body that is always too large must not get
 * OVERLOADED, which asks for a retry. @throws ServingError BODY_TOO_LARGE
 */
export function refuseTooLarge({ head }: Exchange, maxBytes: number): void {
  if (head.contentLength !== undefined && head.contentLength > maxBytes) throw tooLarge(maxBytes);
}

const tooLarge = (maxBytes: number): ServingError =>
  new ServingError('BODY_TOO_LARGE', `The body is larger than the ${maxBytes} bytes that are taken here.`);
