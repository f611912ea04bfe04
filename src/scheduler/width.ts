/**
 * Decides whether a batch runs on the wide session, over all cores, or on a narrow one of one thread. Several narrow
 * sessions give the most throughput, the wide one the lowest latency, so it is used when the server is otherwise idle.
 * Pure.
 */
import type { Width } from '../thread/load.ts';

export interface WidthFacts {
  /** No batch is running and no other rows are queued. */
  readonly idle: boolean;
  /** Share of recent arrivals that found the server busy, 0 to 1. */
  readonly busyShare: number;
  /** Predicted milliseconds on a narrow session. */
  readonly narrowMs: number;
  /** Predicted milliseconds on the wide session; undefined when there is none for this batch. */
  readonly wideMs: number | undefined;
}

/**
 * While a wide batch runs, requests that arrive have to wait. With Poisson arrivals the busy share is the utilisation rho,
 * and the mean wait is w * rho / (2 * (1 - rho)) (Pollaczek and Khinchine: M/D/1, constant service time w). Wide pays
 * while that wait and the run together are shorter than a narrow run. When the server is busy all the time, rho is 1 and
 * batches run on narrow sessions in parallel.
 */
export function chooseWidth({ idle, busyShare, narrowMs, wideMs }: WidthFacts): Width {
  if (!idle || wideMs === undefined || busyShare >= 1) return 'narrow';
  const expectedMs = wideMs * (1 + busyShare / (2 * (1 - busyShare)));
  return expectedMs < narrowMs ? 'wide' : 'narrow';
}
