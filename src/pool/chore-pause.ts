/** The time that a worker has for its batches between two chores (the steps of a load). Pure. */

/** A worker serves while it has had a batch within this time. */
const SERVES_WITHIN_MS = 1000;
/** A chore of less holds nobody up. */
const SHORT_CHORE_MS = 3;
/** The pause is so many times as long as the chore. */
const PAUSE_FACTOR = 3;
const LONGEST_PAUSE_MS = 100;

/** Milliseconds. `choreMs`: what the chore took; `sinceBatchMs`: since the last batch was sent to the worker. */
export function pauseMs(choreMs: number, sinceBatchMs: number): number {
  if (choreMs < SHORT_CHORE_MS || sinceBatchMs > SERVES_WITHIN_MS) return 0;
  return Math.min(choreMs * PAUSE_FACTOR, LONGEST_PAUSE_MS);
}
