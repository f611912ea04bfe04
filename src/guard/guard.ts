/**
 * Decides who may do what: from the head of a request and its connection alone, for every route, before a byte of the body
 * is read. What a route needs stands in its row, as `access`.
 */
import type { Access, Exchange } from '../http/exchange.ts';
import { nothingHere } from '../http/route.ts';

export interface GuardSettings {
  /** Which clients may use the routes of operators: none, or those on this machine. */
  readonly operators: 'off' | 'loopback';
}

/** As much of an exchange as access depends on. */
export type Caller = Pick<Exchange, 'fromLoopback'> & { readonly head: Pick<Exchange['head'], 'origin'> };

/**
 * Lets a request through to its route.
 * @throws ServingError ROUTE_NOT_FOUND: a client that may not use a route of operators does not learn that there is one
 */
export function guard(caller: Caller, access: Access, { operators }: GuardSettings): void {
  if (access === 'anyone') return;
  // A page in a browser on this machine sends an Origin, and is somebody else's.
  if (operators === 'off' || !caller.fromLoopback || caller.head.origin !== '') throw nothingHere();
}
