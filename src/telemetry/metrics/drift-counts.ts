/** Rows by cell, counted where they are watched for drift, put into the series when these are scraped. */
import type { Metrics } from './metrics.ts';
import type { VersionLabels } from './register.ts';

export interface DriftCounts {
  readonly labels: VersionLabels;
  readonly numbers: readonly {
    readonly feature: string;
    /** Upper edges of the bins, as labels; the last is of all rows. */
    readonly upTo: readonly string[];
    /** Rows up to each edge. */
    readonly rows: readonly number[];
    /** The same of the reference, as shares. */
    readonly reference: readonly number[];
  }[];
  readonly classes: readonly {
    readonly feature: string;
    readonly values: readonly string[];
    readonly rows: readonly number[];
    readonly reference: readonly number[];
  }[];
}

export function setDriftCounts(metrics: Metrics, counts: readonly DriftCounts[]): void {
  for (const { labels, numbers, classes } of counts) {
    const { model, version } = labels;
    for (const { feature, upTo, rows, reference } of numbers) {
      for (const [at, up_to] of upTo.entries()) {
        const of = { model, version, feature, up_to };
        metrics.driftRows.of(of).raiseTo(rows[at]!);
        metrics.driftReference.set(of, reference[at]!);
      }
    }
    for (const { feature, values, rows, reference } of classes) {
      for (const [at, value] of values.entries()) {
        const of = { model, version, feature, class: value };
        metrics.driftClassRows.of(of).raiseTo(rows[at]!);
        metrics.driftClassReference.set(of, reference[at]!);
      }
    }
  }
}
