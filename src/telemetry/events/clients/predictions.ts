/** Prediction requests are answered or fail: their metrics. Their log line is that of the request. */
import { systemClock } from '../../../clock.ts';
import type { ErrorCode } from '../../../errors.ts';
import type { PredictionFacts } from '../../log/request-line.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { Minute } from '../../metrics/minute.ts';
import { STAGES, type StageTimings } from '../../metrics/model-series.ts';
import type { VersionLabels } from '../../metrics/register.ts';
import type { HistogramSeries } from '../../metrics/series/histogram.ts';

export class PredictionEvents {
  /** The predictions of the last minute. */
  readonly minute = new Minute(systemClock);
  readonly #metrics: Metrics;
  /** Looked up once. */
  readonly #stages: readonly (readonly [keyof StageTimings, HistogramSeries])[];

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.#stages = STAGES.map((stage) => [stage, metrics.stageDuration.of({ stage })]);
  }

  /** `ms`: from the first byte to the answer. `traceId`: of its trace, if that is sampled. */
  answered(facts: PredictionFacts, ms: number, traceId: string | undefined): void {
    this.minute.answered(ms);
    const series = this.#metrics.models.of(facts);
    series.duration.observe(ms / 1000, traceId);
    series.succeeded.inc(facts.succeeded);
    series.failed.inc(facts.failed);
    if (facts.cache !== undefined) series.cacheUsed(facts.cache, ms - facts.stages.read);
    series.addStages(facts.stages);
    for (const [stage, duration] of this.#stages) duration.observe(facts.stages[stage] / 1000, traceId);
    for (const { label, probability } of facts.best) {
      series.predicted(label);
      series.confidence.observe(probability);
    }
  }

  /** An explanation is over. `rows`: those that were run for it. */
  explained(
    { model, version }: VersionLabels,
    outcome: 'done' | 'refused' | 'failed' | 'left',
    rows: number,
  ): void {
    this.#metrics.explanations.inc({ model, version, outcome });
    this.#metrics.explanationRows.inc({ model, version }, rows);
  }

  /** `ms`: from the first byte to the answer. */
  failed(labels: VersionLabels, code: ErrorCode, ms: number): void {
    this.minute.failed();
    const series = this.#metrics.models.of(labels);
    series.failed.inc();
    series.requestFailed(code, ms);
  }
}
