/**
 * Who has had how much of the workers: start-time fair queueing (Goyal, Vin and Cheng 1996) over predicted worker
 * time, all models alike. A model that floods its queue is served in turn with the others; one that comes after
 * a pause is neither punished nor paid for the time that it did not use.
 */

/** A model counts as active for this long after a request: another must leave room for its next one. */
const ACTIVE_MS = 10_000;

/** Weight of the newest arrival in the share of arrivals that found the server busy. */
const FORGETTING = 1 / 8;

interface Account {
  servedMs: number;
  arrivedAt: number;
}

export class FairShare {
  readonly #accounts: Account[] = [];
  /** The virtual time: what the model served last had had before. */
  #floorMs = 0;
  #busyShare = 0;

  /** Opens an account and gives its number. */
  open(): number {
    return this.#accounts.push({ servedMs: 0, arrivedAt: -Infinity }) - 1;
  }

  /** Work for a model has come. `backlogged`: it had work before; `busy`: so had any model, or a worker. */
  arrived(index: number, now: number, { backlogged, busy }: { backlogged: boolean; busy: boolean }): void {
    const account = this.#accounts[index]!;
    account.arrivedAt = now;
    if (!backlogged) account.servedMs = Math.max(account.servedMs, this.#floorMs);
    this.#busyShare += FORGETTING * (Number(busy) - this.#busyShare);
  }

  served(index: number, ms: number): void {
    const account = this.#accounts[index]!;
    this.#floorMs = Math.max(this.#floorMs, account.servedMs);
    account.servedMs += ms;
  }

  /** What a model will have had when its turn comes, if work comes now: it begins a backlog, or joins the one there is. */
  shareOf(index: number, backlogged: boolean): number {
    const { servedMs } = this.#accounts[index]!;
    return backlogged ? servedMs : Math.max(servedMs, this.#floorMs);
  }

  servedMs(index: number): number {
    return this.#accounts[index]!.servedMs;
  }

  isActive(index: number, now: number): boolean {
    return now - this.#accounts[index]!.arrivedAt < ACTIVE_MS;
  }

  /** Share of the last arrivals that found the server busy. */
  get busyShare(): number {
    return this.#busyShare;
  }
}
