/** When work that arrives now would start and finish, given what is ahead of it. Pure. */

/** Predicted milliseconds from now. */
export interface Forecast {
  /** Until a worker begins with it; 0 when one is idle and nothing waits. */
  readonly startsInMs: number;
  /** Until its last row is done. */
  readonly finishesInMs: number;
}

/**
 * Predicted milliseconds of another model's work that is served first, when it has had `leadMs` less than we will have had
 * when our turn comes: models take turns by whole batches of `batchMs`. With equal shares it may still be first.
 */
export function servedBefore(leadMs: number, queuedMs: number, batchMs: number): number {
  if (leadMs < 0 || queuedMs <= 0) return 0;
  const oneMs = Math.min(queuedMs, batchMs);
  return Math.min(queuedMs, oneMs * Math.max(1, Math.ceil(leadMs / oneMs)));
}

/**
 * When the workers have done `aheadMs` of work beside what they hold, if it is shared out to whichever is free
 * first. `remainingMs`: of each worker. Filling a vessel with an uneven floor: the
 * level that the work reaches. Infinity without workers: nobody would do it.
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
