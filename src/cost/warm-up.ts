/** Merges the warm-up measurements of several workers that hold the same model. Pure. */
import type { WarmUpRun } from '../thread/load.ts';

/**
 * Returns the mean over the workers of each bucket and width. A narrow bucket counts only when every worker has warmed it
 * up, because a batch may go to any worker. Only one worker has wide sessions.
 */
export function mergeWarmUps(reports: readonly (readonly WarmUpRun[])[]): WarmUpRun[] {
  const runs = reports.flat();
  return [...Map.groupBy(runs, ({ rows, width }) => `${width} ${rows}`).values()]
    .filter((same) => same[0]!.width === 'wide' || same.length === reports.length)
    .map((same) => ({ ...same[0]!, ms: same.reduce((sum, { ms }) => sum + ms, 0) / same.length }));
}
