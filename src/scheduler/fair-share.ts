/**
 * Who has had how much of the workers: start-time fair queueing (Goyal, Vin and Cheng 1996) over predicted worker
 * time, all models alike. A model that floods its queue is served in turn with the others; one that comes after
 * a pause is neither punished nor paid for the time that it did not use.
 */

/** A model counts as active for this long after a request: another must leave room for its next one. */
const ACTIVE_MS = 10_000;

/** Weight of the newest arrival in the share of arrivals that found the server busy. */
const FORGETTING = 1 / 8;

export interface Account {
  /** Worker time that a model has had, in predicted milliseconds, in virtual time. */
  servedMs: number;
  /** When its last request arrived, on the clock. */
  arrivedAt: number;
}

export class FairShare {
  /** The virtual time: what the model served last had had before. */
  #floorMs = 0;
  #busyShare = 0;

  open(): Account {
    return { servedMs: 0, arrivedAt: -Infinity };
  }

  /** Work for a model has come. `backlogged`: it had work before; `busy`: so had any model, or a worker. */
  arrived(account: Account, now: number, { backlogged, busy }: { backlogged: boolean; busy: boolean }): void {
    account.arrivedAt = now;
    if (!backlogged) account.servedMs = Math.max(account.servedMs, this.#floorMs);
    this.#busyShare += FORGETTING * (Number(busy) - this.#busyShare);
  }

  served(account: Account, ms: number): void {
    this.#floorMs = Math.max(this.#floorMs, account.servedMs);
    account.servedMs += ms;
  }

  /** What a model will have had when its turn comes, if work comes now: it begins a backlog, or joins the one there is. */
  shareOf({ servedMs }: Account, backlogged: boolean): number {
    return backlogged ? servedMs : Math.max(servedMs, this.#floorMs);
  }

  isActive({ arrivedAt }: Account, now: number): boolean {
    return now - arrivedAt < ACTIVE_MS;
  }

  /** Share of the last arrivals that found the server busy. */
  get busyShare(): number {
    return this.#busyShare;
  }
}
