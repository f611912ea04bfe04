/**
 * Decides when rows leave a queue, and how many. Pure: the same facts give the same answer.
 *
 * Work-conserving: with an idle worker and rows waiting, a batch leaves now, unless the model asks for a
 * delay. The rows are split over the idle workers, because two workers with half a batch each are done sooner
 * than one with the whole.
 */

export interface QueueFacts {
  /** Rows waiting. */
  readonly rows: number;
  /** Milliseconds that the oldest of them has waited. */
  readonly oldestAgeMs: number;
}

export interface BatchLimits {
  /** Rows that one batch may have. */
  readonly cap: number;
  /** How long a batch that is not full may wait for more rows; 0 for never. */
  readonly maxQueueDelayMs: number;
}

/** Why a batch left when it did; reported with every answer. */
export type DispatchReason =
  /** A worker was idle. */
  | 'idle'
  /** The batch had reached its cap. */
  | 'full'
  /** The queue delay had passed. */
  | 'delay'
  /** Sent ahead to a busy worker that is about to be done. */
  | 'prefetch';

export type Decision =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wait'; readonly forMs: number }
  | {
      readonly kind: 'cut';
      readonly rows: number;
      readonly reason: DispatchReason;
      /** Batches that the queue is shared out to: this one and those for the other idle workers. */
      readonly shares: number;
    };

/**
 * What to do with the queue now that a worker can take a batch.
 * `idleWorkers`: how many workers run nothing; 0 when the batch would be prefetched.
 */
export function decide(queue: QueueFacts, idleWorkers: number, limits: BatchLimits): Decision {
  if (queue.rows === 0) return { kind: 'nothing' };
  const full = queue.rows >= limits.cap;
  if (!full && queue.oldestAgeMs < limits.maxQueueDelayMs) {
    return { kind: 'wait', forMs: limits.maxQueueDelayMs - queue.oldestAgeMs };
  }
  // What waited for company is not split up again.
  const shares = limits.maxQueueDelayMs > 0 ? 1 : Math.max(1, idleWorkers);
  const rows = Math.min(limits.cap, Math.ceil(queue.rows / shares));
  return { kind: 'cut', rows, reason: reasonFor(rows, queue, idleWorkers, limits), shares };
}

function reasonFor(
  rows: number,
  queue: QueueFacts,
  idleWorkers: number,
  { cap, maxQueueDelayMs }: BatchLimits,
): DispatchReason {
  if (idleWorkers === 0) return 'prefetch';
  if (cap > 1 && rows === cap) return 'full';
  // A queue that holds a full batch does not wait, and its share for one of several workers is less than that.
  return maxQueueDelayMs > 0 && queue.oldestAgeMs >= maxQueueDelayMs ? 'delay' : 'idle';
}
