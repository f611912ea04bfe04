/** What a monitor has counted, as series that add up over replicas. Pure. */
import type { DriftCounts } from '../../telemetry/metrics/drift-counts.ts';
import type { Monitor } from './monitor.ts';
import { sumOf } from './null/statistics.ts';

/** Of the last bin, and of what is no number: that counts as beyond all edges. */
const ALL = '+Inf';

const OTHER = 'other';

export const countsOf = (
  labels: DriftCounts['labels'],
  { numbers, classes }: Pick<Monitor, 'numbers' | 'classes'>,
): DriftCounts => ({
  labels,
  // Counted up to each edge, so that the share below it is one division.
  numbers: numbers.map(({ name, edges, total, reference }) => {
    const upTo = [...Array.from(edges, String), ALL];
    const rows = summed(total);
    const all = summed(reference);
    return {
      feature: name,
      upTo,
      rows: [...rows.slice(0, edges.length), rows.at(-1)!],
      reference: [...all.slice(0, edges.length), all.at(-1)!].map((count) => count / all.at(-1)!),
    };
  }),
  classes: classes.map(({ name, values, total, reference }) => ({
    feature: name,
    values: [...values, OTHER],
    rows: Array.from(total),
    reference: Array.from(reference, (count) => count / sumOf(reference)),
  })),
});

function summed(counts: ArrayLike<number>): number[] {
  let sum = 0;
  return Array.from(counts, (count) => (sum += count));
}
