/**
 * Access control: decides from the head of a request and its connection, before the body is read, whether the client may
 * use the route. Each route states its `access`.
 */
import { ServingError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Access } from '../http/route-facts.ts';
import { nothingHere } from '../http/route.ts';

export interface GuardSettings {
  /** Which clients may use operator routes: none, or those on this machine. */
  readonly operators: 'off' | 'loopback';
  /** Which clients may change the traffic of models. */
  readonly traffic: 'off' | 'loopback';
  /** Which clients may change the models that are served. */
  readonly models: 'off' | 'loopback';
}

/** The part of an exchange that access depends on. */
export type Caller = Pick<Exchange, 'fromLoopback'> & { readonly head: Pick<Exchange['head'], 'origin'> };

/**
 * Returns when the client may use the route.
 * @throws ServingError ROUTE_NOT_FOUND for a route of operators, so that the client does not learn that it exists;
 * FORBIDDEN for one that changes models, which clients of other servers expect to be there
 */
export function guard(caller: Caller, access: Access, settings: GuardSettings): void {
  if (access !== 'operator' && access !== 'traffic' && access !== 'models') return;
  // A request with an Origin comes from a web page in a browser on this machine, which may be of any site.
  const local = caller.fromLoopback && caller.head.origin === '';
  if (access !== 'models') {
    const allowed = access === 'traffic' ? settings.traffic : settings.operators;
    if (allowed === 'off' || !local) throw nothingHere();
  } else if (settings.models === 'off') {
    throw new ServingError(
      'FORBIDDEN',
      'Models are not changed by requests here: modelControl is not explicit.',
    );
  } else if (!local) {
    throw new ServingError('FORBIDDEN', 'Models are changed from the machine of the server only.');
  }
}
