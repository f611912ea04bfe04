/**
 * Access control: decides from the head of a request and its connection, before the body is read, whether the client may
 * use the route. Each route states its `access`.
 */
import type { Access, Exchange } from '../http/exchange.ts';
import { nothingHere } from '../http/route.ts';

export interface GuardSettings {
  /** Which clients may use operator routes: none, or those on this machine. */
  readonly operators: 'off' | 'loopback';
  /** Which clients may change the traffic of models. */
  readonly traffic: 'off' | 'loopback';
}

/** The part of an exchange that access depends on. */
export type Caller = Pick<Exchange, 'fromLoopback'> & { readonly head: Pick<Exchange['head'], 'origin'> };

/**
 * Returns when the client may use the route.
 * @throws ServingError ROUTE_NOT_FOUND otherwise, so that the client does not learn that the route exists
 */
export function guard(caller: Caller, access: Access, settings: GuardSettings): void {
  if (access === 'anyone') return;
  // A request with an Origin comes from a web page in a browser on this machine, which may be of any site.
  const allowed = access === 'traffic' ? settings.traffic : settings.operators;
  if (allowed === 'off' || !caller.fromLoopback || caller.head.origin !== '') throw nothingHere();
}
