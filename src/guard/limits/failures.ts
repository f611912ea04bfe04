/**
 * Requests without valid credentials, by address: who guesses, or sends what is costly to check, is stopped before it is
 * checked. An address from which valid credentials come too (a proxy, an office) is not stopped: its neighbours would be.
 */
import type { Clock } from '../../clock.ts';
import type { ServingError } from '../../errors.ts';
import type { Exchange } from '../../http/exchange.ts';
import { clientName } from '../address.ts';
import type { ClientAddress } from '../client-address.ts';
import type { Rate } from '../rate.ts';
import { take, type Bucket } from './ledger/bucket.ts';
import { Callers } from './ledger/callers.ts';
import { tooManyFailures } from './refusal.ts';

/** So long after valid credentials an address is not stopped. */
const TRUSTED_MS = 300_000;
/** One takes some 120 bytes: 12 MB at most. */
const MAX_ADDRESSES = 100_000;

interface Attempts {
  /** When its bucket is full. */
  fullAt: number;
  trustedUntil: number;
}

export class Failures {
  readonly #bucket: Bucket;
  readonly #clock: Clock;
  readonly #clientAddress: ClientAddress;
  readonly #records: Callers<Attempts>;

  /** `rate`: of failures that one address may have. */
  constructor(rate: Rate, clientAddress: ClientAddress, clock: Clock, maxCallers = MAX_ADDRESSES) {
    this.#bucket = { burst: rate.count, unitMs: rate.windowMs / rate.count };
    this.#clientAddress = clientAddress;
    this.#clock = clock;
    this.#records = new Callers<Attempts>({
      maxCallers,
      create: () => ({ fullAt: -Infinity, trustedUntil: -Infinity }),
      idleAt: ({ fullAt }) => fullAt,
    });
  }

  get size(): number {
    return this.#records.size;
  }

  /** The refusal of a request that is not to be looked at; undefined: it is. */
  attempted(exchange: Exchange): ServingError | undefined {
    const record = this.#recordOf(exchange);
    if (record === undefined) return undefined;
    const now = this.#clock.now();
    if (now < record.trustedUntil) return undefined;
    const { remaining, nextMs } = take(this.#bucket, record.fullAt, now, 0);
    return remaining > 0 ? undefined : tooManyFailures(nextMs);
  }

  failed(exchange: Exchange): void {
    const now = this.#clock.now();
    const record = this.#records.of(this.#nameOf(exchange), now);
    record.fullAt = take(this.#bucket, record.fullAt, now, 1).fullAt;
  }

  succeeded(exchange: Exchange): void {
    const record = this.#recordOf(exchange);
    if (record !== undefined) record.trustedUntil = this.#clock.now() + TRUSTED_MS;
  }

  /** Most servers have none: then no address is worked out. */
  #recordOf(exchange: Exchange): Attempts | undefined {
    return this.#records.size === 0 ? undefined : this.#records.get(this.#nameOf(exchange));
  }

  #nameOf(exchange: Exchange): string {
    return clientName(this.#clientAddress.of(exchange));
  }
}
