/**
 * Whether a batch runs on the wide session, over all cores, or on a narrow one of one thread. Several narrow ones
 * give the most throughput, the wide one the shortest answer, so it is for times when the server is otherwise idle.
 * Pure.
 */
import type { Width } from '../thread/load.ts';

export interface WidthFacts {
  /** Nothing runs and nothing else waits. */
  readonly idle: boolean;
  /** Share of the last arrivals that found the server busy, 0 to 1. */
  readonly busyShare: number;
  readonly narrowMs: number;
  /** Undefined when there is no wide session for this batch. */
  readonly wideMs: number | undefined;
}

/**
 * While a wide batch runs nothing else does: whoever arrives meanwhile waits. With Poisson arrivals the share that
 * finds the server busy is its utilisation, and the mean wait in such a queue of one is
 * w * rho / (2 * (1 - rho)) (Pollaczek and Khinchine, constant service time). Wide pays while that and the run
 * itself are together shorter than a narrow run. Connections that keep the server busy all the time find
 * rho at 1, and get narrow sessions side by side.
 */
export function chooseWidth({ idle, busyShare, narrowMs, wideMs }: WidthFacts): Width {
  if (!idle || wideMs === undefined || busyShare >= 1) return 'narrow';
  const expectedMs = wideMs * (1 + busyShare / (2 * (1 - busyShare)));
  return expectedMs < narrowMs ? 'wide' : 'narrow';
}
