/**
 * Decides when rows leave a queue, and how many. Pure.
 *
 * Work-conserving: when a worker is idle and rows are queued, a batch leaves now, unless the model sets a queue delay. The
 * rows are split over the idle workers, because two workers finish half a batch each sooner than one finishes all of it.
 */

export interface QueueFacts {
  /** Queued rows. */
  readonly rows: number;
  /** Milliseconds that the oldest entry has been queued. */
  readonly oldestAgeMs: number;
}

export interface BatchLimits {
  /** Maximum rows of a batch. */
  readonly cap: number;
  /** How long a batch that is not full may wait for more rows; 0: not at all. */
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
  /** Prefetched: sent to a busy worker that will be done soon. */
  | 'prefetch';

export type Decision =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'wait'; readonly forMs: number }
  | {
      readonly kind: 'cut';
      readonly rows: number;
      readonly reason: DispatchReason;
      /** Number of batches that the queue is split into: this one, and one for each other idle worker. */
      readonly shares: number;
    };

export type Cut = Extract<Decision, { kind: 'cut' }>;

/**
 * Decides what to do with the queue when a worker can take a batch.
 * `idleWorkers`: number of workers that run nothing; 0 when the batch would be prefetched.
 */
export function decide(queue: QueueFacts, idleWorkers: number, limits: BatchLimits): Decision {
  if (queue.rows === 0) return { kind: 'nothing' };
  const full = queue.rows >= limits.cap;
  if (!full && queue.oldestAgeMs < limits.maxQueueDelayMs) {
    return { kind: 'wait', forMs: limits.maxQueueDelayMs - queue.oldestAgeMs };
  }
  // Rows that were delayed to form a batch are not split again.
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
  // The queue may hold a full batch, which needs no delay, while this worker's share of it is smaller than the cap.
  return maxQueueDelayMs > 0 && queue.oldestAgeMs >= maxQueueDelayMs ? 'delay' : 'idle';
}
