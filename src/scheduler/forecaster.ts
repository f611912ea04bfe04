/**
 * Tells when work would start and finish, from what the workers hold and what waits. Asked twice for every request and
 * once for a refusal, so it makes no lists: the garbage of those that it made was a good part of all there was.
 */
import type { Batcher } from '../batcher/batcher.ts';
import type { PoolWorker } from '../pool/worker.ts';
import { freeIn, servedBefore, type Forecast } from './forecast.ts';
import { isLong } from './policy.ts';
import type { Roster } from './roster.ts';

/** Work that may be queued: what one more request would bring. */
export interface Work {
  readonly rows: number;
  /** Predicted milliseconds of decoding all its images. */
  readonly decodeMs: number;
}

export class Forecaster {
  readonly #workers: readonly PoolWorker[];
  readonly #roster: Roster;
  /** Of every worker that takes batches, the milliseconds that it has left; filled anew for each forecast. */
  readonly #remaining: number[] = [];

  constructor(workers: readonly PoolWorker[], roster: Roster) {
    this.#workers = workers;
    this.#roster = roster;
  }

  /** When work for a model would start and be finished, if it were queued `now`. */
  forecast(batcher: Batcher, { rows, decodeMs }: Work, now: number): Forecast {
    const place = this.#roster.placeOf(batcher);
    const { costs } = this.#roster.models[place]!;
    const remaining = this.#remainingMs(now);
    if (
      remaining.length > 1 &&
      isLong(costs.batchMs(1, decodeMs / rows), this.#roster.shortestOther(place, now))
    ) {
      // The worker that is left for the other model is no help.
      remaining.splice(remaining.indexOf(Math.min(...remaining)), 1);
    }
    // A request of many rows is several batches: its last one has the others ahead of it.
    const whole = costs.batchMs(rows, decodeMs);
    const lastRows = Math.min(rows, costs.cap);
    const lastMs = (whole * lastRows) / rows;
    const aheadMs = this.#aheadMs(place);
    const startsInMs = freeIn(remaining, aheadMs);
    const lastStartsInMs = rows === lastRows ? startsInMs : freeIn(remaining, aheadMs + whole - lastMs);
    return { startsInMs, finishesInMs: lastStartsInMs + lastMs };
  }

  /** Predicted milliseconds of what waits and is served before work that a model would be given now. */
  #aheadMs(place: number): number {
    const { models, shares } = this.#roster;
    const { batcher } = models[place]!;
    const share = shares.shareOf(place, batcher.queuedRows > 0) + batcher.queuedMs;
    let aheadMs = batcher.queuedMs;
    for (let index = 0; index < models.length; index++) {
      if (index === place) continue;
      const { costs, batcher: queue } = models[index]!;
      const { cap, typicalDecodeMs } = costs;
      const batchMs = costs.batchMs(cap, cap * typicalDecodeMs);
      aheadMs += servedBefore(share - shares.servedMs(index), queue.queuedMs, batchMs);
    }
    return aheadMs;
  }

  /** All of them wait for a wide run. */
  #remainingMs(now: number): number[] {
    const remaining = this.#remaining;
    remaining.length = 0;
    let wideMs = 0;
    for (const worker of this.#workers) {
      if (worker.state !== 'ready') continue;
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
