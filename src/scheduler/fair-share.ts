/**
 * Shares worker time between models: start-time fair queueing (Goyal, Vin and Cheng 1996) over predicted worker time, by
 * weights. A model that floods its queue takes turns with the others; one that was idle gets neither credit nor
 * penalty for that time.
 */

/** A model counts as active for this long after its last request: long batches of others leave a worker free for it. */
const ACTIVE_MS = 10_000;

/** Weight of the newest arrival in the busy share, an exponential moving average. */
const FORGETTING = 1 / 8;

export interface Account {
  /** While several models have work, each gets worker time in proportion to its weight. */
  readonly weight: number;
  /** Worker time that the model was charged for, over its weight: predicted milliseconds of virtual time. */
  servedMs: number;
  /** When its last request arrived, in clock milliseconds. */
  arrivedAt: number;
}

export class FairShare {
  /** The virtual time: `servedMs` of the model served last, before it was charged for that batch. */
  #floorMs = 0;
  #busyShare = 0;

  open(weight = 1): Account {
    return { weight, servedMs: 0, arrivedAt: -Infinity };
  }

  /** Notes a request. `backlogged`: its model had rows queued before; `busy`: any model or worker had work. */
  arrived(account: Account, now: number, { backlogged, busy }: { backlogged: boolean; busy: boolean }): void {
    account.arrivedAt = now;
    if (!backlogged) account.servedMs = Math.max(account.servedMs, this.#floorMs);
    this.#busyShare += FORGETTING * (Number(busy) - this.#busyShare);
  }

  /** Charges a model for a batch of `ms` predicted milliseconds. */
  served(account: Account, ms: number): void {
    this.#floorMs = Math.max(this.#floorMs, account.servedMs);
    account.servedMs += ms / account.weight;
  }

  /** The `servedMs` that a request arriving now would compete with. `backlogged`: its model has rows queued. */
  shareOf({ servedMs }: Account, backlogged: boolean): number {
    return backlogged ? servedMs : Math.max(servedMs, this.#floorMs);
  }

  isActive({ arrivedAt }: Account, now: number): boolean {
    return now - arrivedAt < ACTIVE_MS;
  }

  /** Share of recent arrivals that found the server busy, 0 to 1. */
  get busyShare(): number {
    return this.#busyShare;
  }
}
