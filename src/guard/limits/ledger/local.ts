/** What callers have used, kept in this process. It is forgotten at a restart. */
import type { Clock } from '../../../clock.ts';
import { charge, idleAt, newAccount, type Account, type Charge, type Standing } from './account.ts';
import { Callers } from './callers.ts';
import type { Limited } from '../limited.ts';
import type { Policy } from '../policy.ts';

/**
 * An account takes some 150 bytes with its name. The two tables of a process, for callers that are known and for
 * addresses, take at most 30 MB.
 */
const MAX_CALLERS = 100_000;

/** Where accounts are kept. */
export interface Ledger {
  /** Charges the caller, or nothing when one of its limits refuses. At once, unless another process has to be asked. */
  charge(caller: Limited, charge: Charge): Standing | Promise<Standing>;
  /** Callers that are remembered in this process. */
  readonly size: number;
}

export class LocalLedger implements Ledger {
  readonly #clock: Clock;
  readonly #policyOf: (policy: Policy) => Policy;
  /** Addresses have a table of their own: whoever has many of them displaces other addresses, and no key or user. */
  readonly #known: Callers<Account>;
  readonly #addresses: Callers<Account>;

  /** `policyOf`: the part of a policy that is enforced here. */
  constructor(
    clock: Clock,
    policyOf: (policy: Policy) => Policy = (policy) => policy,
    maxCallers = MAX_CALLERS,
  ) {
    this.#clock = clock;
    this.#policyOf = policyOf;
    this.#known = new Callers({ maxCallers, create: newAccount, idleAt });
    this.#addresses = new Callers({ maxCallers, create: newAccount, idleAt });
  }

  charge({ kind, name, policy }: Limited, request: Charge): Standing {
    const now = this.#clock.now();
    const accounts = kind === 'address' ? this.#addresses : this.#known;
    return charge(accounts.of(name, now), this.#policyOf(policy), request, now);
  }

  get size(): number {
    return this.#known.size + this.#addresses.size;
  }
}
