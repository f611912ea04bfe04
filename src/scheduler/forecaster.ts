/**
 * Predicts when work would start and finish, from what the workers hold and what waits. Asked three times for every
 * request (at its headers, when its work is known, when it is queued), so it makes no lists: their garbage was a good
 * part of all there was.
 */
import type { Batcher } from '../batcher/batcher.ts';
import type { Work } from '../cost/cost-model.ts';
import type { PoolWorker } from '../pool/worker.ts';
import { freeIn, servedBefore, type Forecast } from './forecast.ts';
import { isLong } from './scheduling-policy.ts';
import type { Member, Roster } from './roster.ts';

export class Forecaster {
  readonly #workers: readonly PoolWorker[];
  readonly #roster: Roster;
  /** Of every worker, the milliseconds until it has run what it holds; filled anew for each forecast. */
  readonly #remaining: number[] = [];

  constructor(workers: readonly PoolWorker[], roster: Roster) {
    this.#workers = workers;
    this.#roster = roster;
  }

  /** When work for a model would start and be finished, if it were queued `now`. */
  forecast(batcher: Batcher, { rows, decodeMs }: Work, now: number): Forecast {
    const member = this.#roster.memberOf(batcher);
    const { costs } = batcher;
    const remaining = this.#remainingMs(now);
    if (
      remaining.length > 1 &&
      isLong(costs.batchMs(1, decodeMs / rows), this.#roster.shortestOther(member, now))
    ) {
      // The worker that is left for the other model is no help.
      remaining.splice(remaining.indexOf(Math.min(...remaining)), 1);
    }
    // A request of many rows is several batches: its last one has the others ahead of it.
    const whole = costs.batchMs(rows, decodeMs);
    const lastRows = Math.min(rows, costs.cap);
    const lastMs = (whole * lastRows) / rows;
    const aheadMs = this.#aheadMs(member);
    const startsInMs = freeIn(remaining, aheadMs);
    const lastStartsInMs = rows === lastRows ? startsInMs : freeIn(remaining, aheadMs + whole - lastMs);
    return { startsInMs, finishesInMs: lastStartsInMs + lastMs };
  }

  /** Predicted milliseconds of what waits and is served before work that a model would be given now. */
  #aheadMs({ batcher, account }: Member): number {
    const { members, shares } = this.#roster;
    const share = shares.shareOf(account, batcher.queuedRows > 0) + batcher.queuedMs;
    let aheadMs = batcher.queuedMs;
    for (const { batcher: other, account: its } of members) {
      if (other === batcher) continue;
      const { cap, typicalDecodeMs } = other.costs;
      const batchMs = other.costs.batchMs(cap, cap * typicalDecodeMs);
      aheadMs += servedBefore(share - its.servedMs, other.queuedMs, batchMs);
    }
    return aheadMs;
  }

  /**
   * A worker that is starting, or died and will be back, counts with the time until it is. All of them wait for a wide
   * run.
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
