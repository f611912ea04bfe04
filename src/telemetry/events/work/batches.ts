/** Rows are batched, run or dropped. Counted, and logged only when a batch fails: there are too many. */
import type { Failure } from '../../../errors.ts';
import type { Log } from '../../log/log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { BatchTimings } from '../../trace/batch-trace.ts';
import type { VersionLabels } from '../../metrics/register.ts';

export class BatchEvents {
  readonly #log: Log;
  readonly #metrics: Metrics;

  constructor(log: Log, metrics: Metrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  dispatched({ model, version }: VersionLabels, rows: number, reason: string, width: string): void {
    this.#metrics.batches.inc({ model, version, reason, width });
    this.#metrics.models.of({ model, version }).batchRows.observe(rows);
  }

  /** `timings`: on its worker. */
  done(labels: VersionLabels, rows: number, timings: BatchTimings): void {
    const seconds = (timings.decodeMs + timings.inferMs + timings.postMs) / 1000;
    const series = this.#metrics.models.of(labels);
    series.batchDuration.observe(seconds);
    series.batchRun(rows, timings, Date.now());
    this.#metrics.workerBusy.inc(seconds);
  }

  /** `detail` goes to the log only. */
  failed({ model, version }: VersionLabels, { code, detail }: Failure): void {
    this.#log.error({ model, version, code, reason: detail }, 'batch failed');
  }

  rowsDropped({ model, version }: VersionLabels, rows: number, stage: string, reason: string): void {
    this.#metrics.droppedRows.inc({ model, version, stage, reason }, rows);
  }

  /** They were run although their request had already ended. */
  rowsWasted({ model, version }: VersionLabels, rows: number): void {
    this.#metrics.wastedRows.inc({ model, version }, rows);
  }
}
