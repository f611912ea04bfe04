/** Reads the small body of a request that is no prediction: settings, a name. */
import type { Permit } from '../../admission/budget.ts';
import type { Exchange } from '../exchange.ts';
import { readBody, refuseTooLarge } from './body.ts';
import type { BodyBuffers } from './buffers.ts';

/** Where the memory of bodies comes from. */
export interface BodyMemory {
  /** @throws ServingError OVERLOADED */
  readonly reserve: (bytes: number) => Permit;
  readonly buffers: BodyBuffers;
}

/**
 * The body, until the exchange ends. Must be called before the route handler returns.
 * @throws ServingError BODY_TOO_LARGE, EMPTY_BODY or OVERLOADED
 */
export function readSmallBody(exchange: Exchange, maxBytes: number, memory: BodyMemory): Promise<Buffer> {
  exchange.startDeadline();
  refuseTooLarge(exchange, maxBytes);
  const permit = memory.reserve(exchange.head.contentLength ?? 0);
  exchange.onEnd(() => permit.release());
  return readBody(exchange, { maxBytes, permit, buffers: memory.buffers });
}
