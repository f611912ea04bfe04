/**
 * Decides which batcher is served next, which worker its batch goes to, and what is left free for others. Pure: the
 * same facts give the same answer.
 */
import { SLOTS_PER_WORKER } from '../thread/slab-layout.ts';

export interface WorkerFacts {
  /** Batches that the worker holds; undefined when it cannot take one at all (starting, loading, dead). */
  readonly holding: number | undefined;
  /** Predicted milliseconds until it has run them. */
  readonly remainingMs: number;
  /** Prediction for the longest of them; 0 when it holds none. */
  readonly longestMs: number;
  /** The batch that it runs takes all cores: no other worker may begin one meanwhile. */
  readonly runsWide: boolean;
}

export interface WorkerChoice {
  /** Index of the worker. */
  readonly worker: number;
  /** Workers that may begin a batch now; 0 means that the batch is prefetched to a busy one. */
  readonly idle: number;
}

/**
 * An idle worker if there is one and a core for it. Otherwise the busy one with the least work left, if it has a
 * slot and is predicted to be done within `prefetchUnderMs`: that batch is then on the spot when the worker is
 * free (measured +10 to 18 % throughput), and has not waited long if a further worker turns idle first.
 */
export function chooseWorker(
  workers: readonly WorkerFacts[],
  prefetchUnderMs: number,
): WorkerChoice | undefined {
  const wide = workers.some(({ runsWide }) => runsWide);
  let idle = 0;
  let firstIdle = -1;
  let soonest = -1;
  for (const [index, { holding, remainingMs, runsWide }] of workers.entries()) {
    if (holding === 0) {
      if (wide) continue; // It lacks a core.
      idle++;
      if (firstIdle < 0) firstIdle = index;
    } else if (holding !== undefined && holding < SLOTS_PER_WORKER && remainingMs < prefetchUnderMs) {
      if (wide && !runsWide) continue;
      if (soonest < 0 || remainingMs < workers[soonest]!.remainingMs) soonest = index;
    }
  }
  if (idle > 0) return { worker: firstIdle, idle };
  if (soonest < 0) return undefined;
  // Behind a long batch it would wait although another worker, now full, has a slot and is free before.
  const { remainingMs } = workers[soonest]!;
  const overtaken = !wide && workers.some((one) => (one.holding ?? 0) > 0 && one.remainingMs < remainingMs);
  return overtaken ? undefined : { worker: soonest, idle: 0 };
}

export interface QueueShare {
  /** Worker time that it has had, as fair-share.ts counts it. */
  readonly servedMs: number;
  /** When its oldest waiting entry was queued; undefined when it has no work. */
  readonly oldestQueuedAt: number | undefined;
}

/** Those that have work, in the order in which to serve them: least served first, then oldest. */
export function servingOrder<Queue extends QueueShare>(queues: readonly Queue[]): Queue[] {
  const order = queues.filter(({ oldestQueuedAt }) => oldestQueuedAt !== undefined);
  return order.sort((a, b) => a.servedMs - b.servedMs || a.oldestQueuedAt! - b.oldestQueuedAt!);
}

/** A batch this many times longer than another model's request would keep that one waiting for too long. */
const LONG = 2;

/**
 * The longest that a batch on the chosen worker may take, in predicted milliseconds, although another model whose
 * request takes `otherMs` alone may have one at any time. A run cannot be interrupted, so the only way to keep the
 * other's latency within about twice its own is a worker on which nothing long runs, and nothing sent ahead that
 * would stand in its way. With a single worker there is nothing to keep free.
 * `otherMs`: Infinity when no other model has had requests lately.
 */
export function longestAllowed(
  otherMs: number,
  workers: readonly WorkerFacts[],
  { worker, idle }: WorkerChoice,
): number {
  if (otherMs === Infinity) return Infinity;
  const others = workers.filter((facts, index) => index !== worker && facts.holding !== undefined);
  if (others.length === 0) return Infinity;
  if (idle === 0) return otherMs;
  return others.some(({ longestMs }) => longestMs <= LONG * otherMs) ? Infinity : LONG * otherMs;
}

/** Whether a model may not have all workers, because a request of another would wait for too long. */
export const isLong = (ownMs: number, otherMs: number): boolean => ownMs > LONG * otherMs;
