/**
 * The batchers that share the workers, and the worker time that each was charged for. A batcher is added when its version
 * is loaded, and removed before the version is unloaded.
 */
import type { Batcher } from '../batcher/batcher.ts';
import { FairShare, type Account } from './fair-share.ts';
import { servingOrder, type QueueShare } from './scheduling-policy.ts';

/** A batcher and its account; the policy reads it as a QueueShare, without a copy. */
export class Member implements QueueShare {
  readonly batcher: Batcher;
  readonly account: Account;

  constructor(batcher: Batcher, account: Account) {
    this.batcher = batcher;
    this.account = account;
  }

  get servedMs(): number {
    return this.account.servedMs;
  }

  get oldestQueuedAt(): number | undefined {
    return this.batcher.oldestQueuedAt;
  }
}

export class Roster {
  readonly shares = new FairShare();
  readonly members: Member[] = [];
  readonly #byBatcher = new Map<Batcher, Member>();

  add(batcher: Batcher): void {
    const member = new Member(batcher, this.shares.open());
    this.members.push(member);
    this.#byBatcher.set(batcher, member);
  }

  /** Removes a batcher that has no rows queued. Batches that are running may still settle. */
  remove(batcher: Batcher): void {
    const member = this.memberOf(batcher);
    this.members.splice(this.members.indexOf(member), 1);
    this.#byBatcher.delete(batcher);
  }

  /** @throws Error for a batcher that was not added, or was removed: a request must hold a lease on its version. */
  memberOf(batcher: Batcher): Member {
    const member = this.#byBatcher.get(batcher);
    if (member !== undefined) return member;
    const { model, version } = batcher.labels;
    throw new Error(`This is a bug: model ${model} version ${version} is used, but not loaded.`);
  }

  /** Members with rows queued, in the order in which to serve them. */
  get servingOrder(): readonly Member[] {
    return servingOrder(this.members);
  }

  /** Whether any batcher has rows queued. */
  get waiting(): boolean {
    for (const { batcher } of this.members) if (batcher.queuedRows > 0) return true;
    return false;
  }

  /**
   * Predicted milliseconds of one request of the fastest other active model; Infinity when there is none. Models with rows
   * queued do not count: no worker is kept free for them, or two models under load would each leave a worker idle.
   */
  shortestOther(own: Member, now: number): number {
    let shortest = Infinity;
    for (const other of this.members) {
      const { batcher, account } = other;
      if (other === own || batcher.queuedRows > 0 || !this.shares.isActive(account, now)) continue;
      shortest = Math.min(shortest, batcher.costs.batchMs(1, batcher.costs.typicalDecodeMs));
    }
    return shortest;
  }
}
