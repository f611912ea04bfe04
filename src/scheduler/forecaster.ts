/**
 * Predicts when work would start and finish, from what the workers hold and what is queued. Runs three times per request
 * (at its headers, when its work is known, when it is queued), so it allocates no arrays: they were a large share of the
 * process's garbage.
 */
import type { Batcher } from '../batcher/batcher.ts';
import type { Priority } from '../batcher/entry.ts';
import type { Work } from '../cost/cost-model.ts';
import type { PoolWorker } from '../pool/worker.ts';
import { freeIn, servedBefore, type Forecast } from './forecast.ts';
import { isLong } from './scheduling-policy.ts';
import type { Member, Roster } from './roster.ts';

const atOnce = (): number => 0;

export class Forecaster {
  readonly #workers: readonly PoolWorker[];
  readonly #roster: Roster;
  /** Milliseconds until each worker has run what it holds; refilled for each forecast. */
  readonly #remaining: number[] = [];

  constructor(workers: readonly PoolWorker[], roster: Roster) {
    this.#workers = workers;
    this.#roster = roster;
  }

  /** Predicts start and finish of work for a model, if it were queued `now` (clock milliseconds). */
  forecast(batcher: Batcher, { rows, decodeMs }: Work, now: number, priority: Priority): Forecast {
    const member = this.#roster.memberOf(batcher);
    const { costs } = batcher;
    const remaining = this.#remainingMs(now);
    if (
      remaining.length > 1 &&
      isLong(costs.batchMs(1, decodeMs / rows), this.#roster.shortestOther(member, now))
    ) {
      // One worker is kept free for the other model.
      remaining.splice(remaining.indexOf(Math.min(...remaining)), 1);
    }
    // A request of many rows is split into several batches: the others run before its last one.
    const whole = costs.batchMs(rows, decodeMs);
    const lastRows = Math.min(rows, costs.cap);
    const lastMs = (whole * lastRows) / rows;
    const aheadMs = this.#aheadMs(member, priority);
    const startsAfter = (moreMs: number): number => freeIn(remaining, aheadMs + moreMs);
    const onItsCores = this.#onItsCores(member, now, priority);
    const startsInMs = Math.max(startsAfter(0), onItsCores(0));
    const restMs = whole - lastMs;
    const lastStartsInMs = rows === lastRows ? startsInMs : Math.max(startsAfter(restMs), onItsCores(restMs));
    return { startsInMs, finishesInMs: lastStartsInMs + lastMs };
  }

  /** When one of the cores that it may use is free, after its own work ahead and `moreMs` of further work. */
  #onItsCores(member: Member, now: number, priority: Priority): (moreMs: number) => number {
    if (member.cores >= this.#workers.length) return atOnce;
    const free = member.coresFreeInMs(now);
    const ownMs = member.batcher.queuedMsUntil(priority);
    return (moreMs) => freeIn(free, ownMs + moreMs);
  }

  /** Predicted milliseconds of queued work that is served before a request of this model that arrives now. */
  #aheadMs({ batcher, account }: Member, priority: Priority): number {
    const { members, shares } = this.#roster;
    let aheadMs = batcher.queuedMsUntil(priority);
    const share = shares.shareOf(account, batcher.queuedRows > 0) + aheadMs / account.weight;
    for (const { batcher: other, account: its } of members) {
      if (other === batcher) continue;
      const { cap, typicalDecodeMs } = other.costs;
      const batchMs = other.costs.batchMs(cap, cap * typicalDecodeMs);
      aheadMs += servedBefore((share - its.servedMs) * its.weight, other.queuedMs, batchMs);
    }
    return aheadMs;
  }

  /**
   * Milliseconds until each worker has run what it holds; for one that is starting or will be restarted, until it is
   * ready. During a wide run no worker is free before that ends.
   */
  #remainingMs(now: number): number[] {
    const remaining = this.#remaining;
    remaining.length = 0;
    let wideMs = 0;
    for (const worker of this.#workers) {
      if (worker.state === 'closed') continue;
      const ms = worker.remainingMs(now);
      if (worker.widePermitMs(now) > 0) wideMs = Math.max(wideMs, ms);
      remaining.push(ms);
    }
    for (let index = 0; index < remaining.length; index++) {
      remaining[index] = Math.max(wideMs, remaining[index]!);
    }
    return remaining;
  }
}
