/** Reads the small body of a request that is no prediction: settings, a name. */
import type { Permit } from '../../admission/budget.ts';
import { ServingError } from '../../errors.ts';
import type { Exchange } from '../exchange.ts';
import { readBody, refuseTooLarge } from './body.ts';
import type { BodyBuffers } from './buffers.ts';
import { codingOf } from './inflate.ts';

/** Where the memory of bodies comes from. */
export interface BodyMemory {
  /** @throws ServingError OVERLOADED */
  readonly open: (bytes: number) => Permit;
  readonly buffers: BodyBuffers;
}

/**
 * The body, until the exchange ends. Must be called before the route handler returns.
 * @throws ServingError UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, EMPTY_BODY or OVERLOADED
 */
export function readSmallBody(exchange: Exchange, maxBytes: number, memory: BodyMemory): Promise<Buffer> {
  exchange.startDeadline();
  refuseEncoded(exchange);
  refuseTooLarge(exchange, maxBytes);
  const permit = memory.open(exchange.head.contentLength ?? 0);
  exchange.onEnd(() => permit.release());
  return readBody(exchange, { maxBytes, permit, buffers: memory.buffers });
}

/** Small bodies are not inflated. @throws ServingError UNSUPPORTED_MEDIA_TYPE */
export function refuseEncoded({ head }: Exchange): void {
  if (codingOf(head.contentEncoding) === undefined) return;
  const message = 'The body is taken as it is here, without a Content-Encoding.';
  throw new ServingError('UNSUPPORTED_MEDIA_TYPE', message);
}
