/** Predicts when work that arrives now would start and finish, from the work ahead of it. Pure. */

/** Predicted milliseconds from now. */
export interface Forecast {
  /** Until a worker starts it; 0 when a worker is idle and nothing is queued. */
  readonly startsInMs: number;
  /** Until its last row has been run. */
  readonly finishesInMs: number;
}

/**
 * Predicted milliseconds of another model's queued work that is served before this model's.
 * `leadMs`: by how much less the other model will have been served; 0 may still put it first. `queuedMs`: its queued work;
 * `batchMs`: its batches, which are served whole.
 */
export function servedBefore(leadMs: number, queuedMs: number, batchMs: number): number {
  if (leadMs < 0 || queuedMs <= 0) return 0;
  const oneMs = Math.min(queuedMs, batchMs);
  return Math.min(queuedMs, oneMs * Math.max(1, Math.ceil(leadMs / oneMs)));
}

/**
 * Milliseconds until a worker is free, after the workers have done what they hold and `aheadMs` of further work, each
 * piece of it on the worker that is free first. Computed as if the work were divisible: water-filling over `remainingMs`,
 * the milliseconds until each worker has run what it holds. Infinity without workers.
 */
export function freeIn(remainingMs: readonly number[], aheadMs: number): number {
  if (remainingMs.length === 0) return Infinity;
  let level = Infinity;
  for (const floor of remainingMs) level = Math.min(level, floor);
  for (let left = aheadMs; ;) {
    let under = 0;
    let next = Infinity;
    for (const floor of remainingMs) {
      if (floor <= level) under++;
      else next = Math.min(next, floor);
    }
    const step = (next - level) * under;
    if (left <= step) return level + left / under;
    left -= step;
    level = next;
  }
}
