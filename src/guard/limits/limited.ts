/** Whom a request counts for, and how much that caller may ask for. */
import type { Exchange } from '../../http/exchange.ts';
import { clientName } from '../address.ts';
import type { ClientAddress } from '../client-address.ts';
import type { CallerLimits, Identity } from '../identity.ts';
import { PolicyFields, type FieldStyle } from './fields.ts';
import { policyOf, type Policy, type Unit } from './policy.ts';

/** What a caller is known by. */
export type CallerKind = 'key' | 'user' | 'certificate' | 'address';

/** A caller with limits. */
export interface Limited {
  readonly kind: CallerKind;
  /** Of the kind, then what names it: `key:shop`, `address:2001:db8:0:1::/64`. */
  readonly name: string;
  readonly policy: Policy;
  readonly fields: PolicyFields;
}

export interface LimitedSettings {
  /** Of each address from which callers are not known by anything else. */
  readonly ofAddresses: CallerLimits;
  /** Of each key, user and certificate, where it has none of its own. */
  readonly ofKnown: CallerLimits;
  readonly unit: Unit;
  readonly style: FieldStyle;
  readonly clientAddress: ClientAddress;
}

type Enforced = Pick<Limited, 'policy' | 'fields'> | undefined;

const KINDS = { key: 'key', token: 'user', certificate: 'certificate' } as const;

export class LimitedCallers {
  readonly #settings: LimitedSettings;
  readonly #ofAddresses: Enforced;
  readonly #ofKnown: Enforced;
  /** Limits belong to an identity for as long as that is in use. */
  readonly #own = new WeakMap<CallerLimits, { readonly enforced: Enforced }>();

  constructor(settings: LimitedSettings) {
    this.#settings = settings;
    this.#ofAddresses = this.#enforced(settings.ofAddresses);
    this.#ofKnown = this.#enforced(settings.ofKnown);
  }

  /** Undefined: it may ask for as much as it likes. */
  of(exchange: Exchange, identity: Identity | undefined): Limited | undefined {
    if (identity !== undefined) {
      const enforced = identity.limits === undefined ? this.#ofKnown : this.#ownOf(identity.limits);
      const kind = KINDS[identity.kind];
      return enforced && { kind, name: `${kind}:${identity.name}`, ...enforced };
    }
    if (this.#ofAddresses === undefined) return undefined;
    const address = this.#settings.clientAddress.of(exchange);
    return { kind: 'address', name: `address:${clientName(address)}`, ...this.#ofAddresses };
  }

  /** What it does not set itself follows the settings. */
  #ownOf(limits: CallerLimits): Enforced {
    const known = this.#own.get(limits);
    if (known !== undefined) return known.enforced;
    const { ofKnown } = this.#settings;
    const rate = limits.rate === undefined ? ofKnown : limits;
    const enforced = this.#enforced({
      rate: rate.rate,
      burst: limits.burst ?? rate.burst,
      concurrency: limits.concurrency ?? ofKnown.concurrency,
      daily: limits.daily ?? ofKnown.daily,
    });
    this.#own.set(limits, { enforced });
    return enforced;
  }

  #enforced(limits: CallerLimits): Enforced {
    const policy = policyOf(limits, this.#settings.unit);
    return policy && { policy, fields: new PolicyFields(policy, this.#settings.style) };
  }
}
