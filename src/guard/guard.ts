/**
 * Access control, before the body is read: who is it, may they, and is it too much? Each route states its `access`; what a
 * caller may do is in rules.ts, who a caller is says an Authentication, how much one may ask for says Limits.
 */
import type { Exchange } from '../http/exchange.ts';
import type { Access, RouteFacts } from '../http/route-facts.ts';
import type { Identity } from './identity.ts';
import { allowCaller, allowNearby, allowOn, type Rules } from './rules.ts';

export interface Authentication {
  /**
   * Who the request is from. At once where nothing has to be waited for.
   * @throws ServingError UNAUTHENTICATED, or BAD_HEADER when several are named
   */
  identify(exchange: Exchange): Identity | Promise<Identity>;
}

/** Bounds what each caller may ask for. */
export interface Limits {
  /**
   * Called before credentials are looked at.
   * @throws ServingError RATE_LIMITED where too many from that address were refused
   */
  attempted(exchange: Exchange): void;
  /**
   * Called for every request that may use its route; it may add headers to the answer. `identity`: undefined where nobody
   * is asked, and on open routes.
   * @throws ServingError RATE_LIMITED or QUOTA_EXCEEDED
   */
  admit(exchange: Exchange, identity: Identity | undefined, access: Access): void | Promise<void>;
  /** Called for a request whose credentials are refused, or that has none where some are needed, before its answer. */
  refused(exchange: Exchange): void;
}

export interface GuardParts {
  readonly rules: Rules;
  /** Undefined: nobody is asked who they are. */
  readonly authentication: Authentication | undefined;
  /** Routes that need no credentials although there is authentication. */
  readonly open: ReadonlySet<Access>;
  /** The model of a prediction whose path names none. */
  readonly defaultModel: string;
  /** Undefined: nothing is limited. */
  readonly limits: Limits | undefined;
}

export type Guard = (exchange: Exchange, route: RouteFacts) => void | Promise<void>;

/** Returns the function that lets a request pass by returning, or refuses it by throwing or rejecting. */
export function guardOf(parts: GuardParts): Guard {
  const { rules, authentication, limits } = parts;
  if (authentication === undefined) {
    if (limits === undefined) return (exchange, { access }) => allowNearby(exchange, access, rules);
    return (exchange, { access }) => {
      allowNearby(exchange, access, rules);
      return limits.admit(exchange, undefined, access);
    };
  }
  return new Authenticated(parts, authentication).guard;
}

class Authenticated {
  readonly #parts: GuardParts;
  readonly #authentication: Authentication;

  constructor(parts: GuardParts, authentication: Authentication) {
    this.#parts = parts;
    this.#authentication = authentication;
  }

  readonly guard: Guard = (exchange, route) => {
    const { access } = route;
    // Browsers ask without credentials whether they may send some; such a request never reaches a handler.
    const open = access === 'anyone' || this.#parts.open.has(access) || exchange.head.method === 'OPTIONS';
    if (open) return this.#parts.limits?.admit(exchange, undefined, access);
    allowOn(access, this.#parts.rules);
    this.#parts.limits?.attempted(exchange);
    let identity: Identity | Promise<Identity>;
    try {
      identity = this.#authentication.identify(exchange);
    } catch (error) {
      this.#parts.limits?.refused(exchange);
      throw error;
    }
    return identity instanceof Promise
      ? this.#admitLater(exchange, route, identity)
      : this.#admit(exchange, route, identity);
  };

  async #admitLater(exchange: Exchange, route: RouteFacts, identity: Promise<Identity>): Promise<void> {
    let known: Identity;
    try {
      known = await identity;
    } catch (error) {
      if (!exchange.ended) this.#parts.limits?.refused(exchange);
      throw error;
    }
    if (!exchange.ended) await this.#admit(exchange, route, known);
  }

  #admit(exchange: Exchange, { access, pattern }: RouteFacts, identity: Identity): void | Promise<void> {
    exchange.identity = identity;
    const { parameters, origin } = exchange.head;
    const named = identity.models === undefined ? undefined : parameters[placeOfModel(pattern)];
    const model = named ?? (access === 'predict' ? this.#parts.defaultModel : undefined);
    allowCaller(identity, { access, model, origin });
    return this.#parts.limits?.admit(exchange, identity, access);
  }
}

/** Which parameter of the path names the model; -1: none. */
const placeOfModel = (pattern: string): number =>
  pattern
    .split('/')
    .filter((part) => part.startsWith(':'))
    .indexOf(':model');
