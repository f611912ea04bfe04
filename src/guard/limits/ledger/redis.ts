/**
 * What callers have used, kept in a Redis that all replicas share; it outlives a restart. While Redis cannot be used, each
 * replica enforces its share by itself. A caller that was refused is not asked about again before its time.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../../clock.ts';
import type { SharedScript } from '../../../outbound/redis.ts';
import type { Charge, Standing } from './account.ts';
import { Callers } from './callers.ts';
import type { Ledger } from './local.ts';
import type { Limited } from '../limited.ts';
import { argsOf, keysOf, standingOf, type Reply } from './script.ts';

const MAX_REFUSED = 100_000;
/** A token may name its user at length. */
const MAX_NAME = 128;

export interface SharedParts {
  readonly redis: Pick<SharedScript<Reply>, 'usable' | 'run'>;
  /** Of all keys. */
  readonly prefix: string;
  /** Enforces the share of this replica. */
  readonly alone: Ledger;
  readonly clock: Clock;
  readonly events: { decidedAlone(): void };
}

/** Until when a caller is refused, whatever it asks for. */
interface Refused {
  rateUntil: number;
  dayUntil: number;
}

export class SharedLedger implements Ledger {
  readonly #parts: SharedParts;
  readonly #refused = new Callers<Refused>({
    maxCallers: MAX_REFUSED,
    create: () => ({ rateUntil: -Infinity, dayUntil: -Infinity }),
    idleAt: ({ rateUntil, dayUntil }) => Math.max(rateUntil, dayUntil),
  });

  constructor(parts: SharedParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#refused.size + this.#parts.alone.size;
  }

  charge(caller: Limited, charge: Charge): Standing | Promise<Standing> {
    const { redis, prefix } = this.#parts;
    if (!redis.usable) return this.#alone(caller, charge);
    const known = this.#known(caller, charge);
    if (known !== undefined) return known;
    return redis.run(keysOf(prefix, shortened(caller.name)), argsOf(caller.policy, charge)).then(
      (reply) => this.#noted(caller, charge, standingOf(reply, caller.policy)),
      () => this.#alone(caller, charge),
    );
  }

  #alone(caller: Limited, charge: Charge): Standing | Promise<Standing> {
    this.#parts.events.decidedAlone();
    return this.#parts.alone.charge(caller, charge);
  }

  #known({ name }: Limited, { daily }: Charge): Standing | undefined {
    const refused = this.#refused.get(name);
    if (refused === undefined) return undefined;
    const now = this.#parts.clock.now();
    const [dayMs, rateMs] = [daily ? refused.dayUntil - now : 0, refused.rateUntil - now];
    const none = { refusedBy: undefined, rate: undefined, daily: undefined };
    if (dayMs > 0)
      return { ...none, refusedBy: 'daily', retryMs: dayMs, daily: { remaining: 0, nextMs: dayMs } };
    if (rateMs > 0)
      return { ...none, refusedBy: 'rate', retryMs: rateMs, rate: { remaining: 0, nextMs: rateMs } };
    return undefined;
  }

  /** The refusal of one unit is one of any number. */
  #noted({ name }: Limited, { cost, held }: Charge, standing: Standing): Standing {
    const { refusedBy, retryMs } = standing;
    if (refusedBy === undefined || cost + held > 1) return standing;
    const now = this.#parts.clock.now();
    const refused = this.#refused.of(name, now);
    if (refusedBy === 'rate') refused.rateUntil = now + retryMs;
    else refused.dayUntil = now + retryMs;
    return standing;
  }
}

const shortened = (name: string): string =>
  name.length <= MAX_NAME ? name : `sha256:${createHash('sha256').update(name).digest('hex')}`;
