/**
 * The batchers that share the workers, and the worker time that each was charged for. A batcher is added when its version
 * is loaded, and removed before the version is unloaded.
 */
import type { Batcher } from '../batcher/batcher.ts';
import type { Batch } from '../batcher/entry.ts';
import { FairShare, type Account } from './fair-share.ts';
import { servingOrder, type QueueShare } from './scheduling-policy.ts';

/** What a model may use of the workers. */
export interface Place {
  /** Its share of worker time, while others have work: in proportion to theirs. */
  readonly weight: number;
  /** Most of its batches that run or are with a worker at the same time. */
  readonly cores: number;
}

const ANY_PLACE: Place = { weight: 1, cores: Infinity };

/** A batcher and its account; the policy reads it as a QueueShare, without a copy. */
export class Member implements QueueShare {
  readonly batcher: Batcher;
  readonly account: Account;
  readonly cores: number;
  /** Each batch that a worker has, and when it is predicted to end, in clock milliseconds. */
  readonly #running = new Set<{ readonly endsAt: number; readonly batch: Batch }>();

  constructor(batcher: Batcher, account: Account, cores: number) {
    this.batcher = batcher;
    this.account = account;
    this.cores = cores;
  }

  /** How many more of its batches may be given to workers. */
  get freeCores(): number {
    return this.cores - this.#running.size;
  }

  /** Notes a batch that a worker has got; the caller calls what is returned when it has ended. */
  began(batch: Batch, endsAt: number): () => void {
    const run = { endsAt, batch };
    this.#running.add(run);
    return () => void this.#running.delete(run);
  }

  /** Fails all that is queued or runs. */
  giveUp(): void {
    this.batcher.giveUp([...this.#running].map(({ batch }) => batch));
  }

  /** Milliseconds until each core that it may use has run its batch. Only for a member with a limit. */
  coresFreeInMs(now: number): readonly number[] {
    const runs = [...this.#running].map(({ endsAt }) => Math.max(0, endsAt - now));
    return [...runs, ...Array<number>(Math.max(0, this.freeCores)).fill(0)];
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

  add(batcher: Batcher, { weight, cores }: Place = ANY_PLACE): void {
    const member = new Member(batcher, this.shares.open(weight), cores);
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
   * queued do not count: no worker is kept free for them, or two models under load would each leave a worker idle. Nor do
   * those with a smaller weight.
   */
  shortestOther(own: Member, now: number): number {
    let shortest = Infinity;
    for (const other of this.members) {
      const { batcher, account } = other;
      if (other === own || batcher.queuedRows > 0 || !this.shares.isActive(account, now)) continue;
      if (account.weight < own.account.weight) continue;
      shortest = Math.min(shortest, batcher.costs.batchMs(1, batcher.costs.typicalDecodeMs));
    }
    return shortest;
  }
}
