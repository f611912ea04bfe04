/**
 * Who may use which route. Without authentication, where the call comes from decides; with it, the scopes and models of the
 * caller do. Pure.
 */
import { ServingError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Access, RouteFacts } from '../http/route-facts.ts';
import { nothingHere } from '../http/route.ts';
import { forbidden } from './challenge.ts';
import { hasScope, type Identity, type Scope } from './identity.ts';

export interface Rules {
  /** Which clients may use operator routes: none, or those on this machine. */
  readonly operators: 'off' | 'loopback';
  /** Which clients may change the traffic of models. */
  readonly traffic: 'off' | 'loopback';
  /** Which clients may have the reference of drift made. */
  readonly drift: 'off' | 'loopback';
  /** Which clients may change the models that are served. */
  readonly models: 'off' | 'loopback';
}

/** The part of an exchange that access depends on. */
export type Caller = Pick<Exchange, 'fromLoopback'> & { readonly head: Pick<Exchange['head'], 'origin'> };

/** The scope that a route asks for; undefined: any caller that is known. */
const SCOPE_OF: Readonly<Record<Access, Scope | undefined>> = {
  anyone: undefined,
  page: undefined,
  metrics: 'models:read',
  debug: 'admin',
  predict: 'predict',
  // Of which model it is, its prediction says: who takes it checks that.
  feedback: 'predict',
  read: 'models:read',
  traffic: 'models:write',
  models: 'models:write',
  rounds: 'models:write',
  update: 'federated',
  drift: 'admin',
  operator: 'admin',
};

/** The scope that a route needs where authentication is on; undefined: any caller that is known will do. */
export const scopeOf = (access: Access): Scope | undefined => SCOPE_OF[access];

/** Routes that change what is served, or are about to. */
export const CHANGES: ReadonlySet<Access> = new Set(['traffic', 'models', 'rounds', 'drift', 'operator']);

/** Routes about the server as a whole: they show or change more than the models that a caller is limited to. */
const WHOLE: ReadonlySet<Access> = new Set(['metrics', 'debug', 'operator']);

/**
 * Returns when the route is one that is on.
 * @throws ServingError ROUTE_NOT_FOUND for a route of operators, so that the client does not learn that it exists;
 * FORBIDDEN for one that changes models, which clients of other servers expect to be there
 */
export function allowOn(access: Access, rules: Rules): void {
  if (access === 'operator' && rules.operators === 'off') throw nothingHere();
  if (access === 'traffic' && rules.traffic === 'off') throw nothingHere();
  if (access === 'drift' && rules.drift === 'off') throw nothingHere();
  if (access !== 'models' || rules.models !== 'off') return;
  throw new ServingError(
    'FORBIDDEN',
    'Models are not changed by requests here: modelControl is not explicit.',
  );
}

/**
 * The rule where nobody is asked who they are. Returns when the client may use the route.
 * @throws ServingError as allowOn does
 */
export function allowNearby(caller: Caller, access: Access, rules: Rules): void {
  if (!CHANGES.has(access)) return;
  allowOn(access, rules);
  // A request with an Origin comes from a web page in a browser on this machine, which may be of any site.
  if (caller.fromLoopback && caller.head.origin === '') return;
  if (access === 'operator' || access === 'traffic' || access === 'drift') throw nothingHere();
  throw new ServingError('FORBIDDEN', 'Models are changed from the machine of the server only.');
}

/** What is asked for: the route, and the model if it is about one. */
export interface Asked extends Pick<RouteFacts, 'access'> {
  readonly model: string | undefined;
  /** The page that a browser sends it for; empty when there is none. */
  readonly origin: string;
}

/**
 * The rule for a caller that is known. Returns when it may have what it asks for.
 * @throws ServingError FORBIDDEN; for a model that it may not use, whether that exists or not
 */
export function allowCaller(identity: Identity, { access, model, origin }: Asked): void {
  const scope = SCOPE_OF[access];
  if (scope !== undefined && !hasScope(identity, scope)) {
    throw forbidden(`This needs the scope ${scope}, which the caller does not have.`, scope);
  }
  if (identity.models !== undefined) {
    if (WHOLE.has(access)) throw forbidden('This is for callers that may use all models.');
    if (model !== undefined && !identity.models.has(model)) {
      throw forbidden(`The caller may not use the model ${model}.`);
    }
  }
  // A browser shows its certificate for whatever page it is told to call for; keys and tokens it does not add by itself.
  if (CHANGES.has(access) && identity.kind === 'certificate' && origin !== '') {
    throw forbidden('Pages in browsers may not change what is served.');
  }
}
