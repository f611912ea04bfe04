/** Common questions to the metrics, as PromQL, for docs/metrics.md. A test checks their metrics and labels, and promtool parses them. */

export interface Query {
  readonly question: string;
  readonly query: string;
  /** What to know before using it. */
  readonly note?: string;
}

export const QUERIES: readonly Query[] = [
  {
    question: 'Requests a second, by route and code.',
    query: 'sum by (route, code) (rate(http_requests_total[5m]))',
  },
  {
    question: 'Share of predictions that fail, by model.',
    query: `sum by (model, version) (rate(predictions_total{status="error"}[5m]))
  / sum by (model, version) (rate(predictions_total[5m]))`,
    note: 'Refusals and bad requests are in it.',
  },
  {
    question: 'Share of requests that the server fails.',
    query: `sum(rate(http_requests_total{code=~"5..", route=~"/v1/.*"}[5m]))
  / sum(rate(http_requests_total{code!="499", route=~"/v1/.*"}[5m]))`,
    note: 'Refusals (503) are in it, faults of clients (4xx) are not.',
  },
  {
    question: 'p99 of answers, by model.',
    query: `histogram_quantile(0.99,
  sum by (le, model, version) (rate(prediction_duration_seconds_bucket[5m])))`,
    note: 'Interpolated within a bucket: 0.2 and 0.35 are edges.',
  },
  {
    question: 'Share of answers within 200 ms.',
    query: `sum(rate(prediction_duration_seconds_bucket{le="0.2"}[5m]))
  / sum(rate(prediction_duration_seconds_count[5m]))`,
    note: 'Exact, since 0.2 is an edge.',
  },
  {
    question: 'Where the time goes: mean seconds by stage.',
    query: `sum by (stage) (rate(ortolan_stage_duration_seconds_sum[5m]))
  / sum by (stage) (rate(ortolan_stage_duration_seconds_count[5m]))`,
  },
  {
    question: 'Mean confidence, by model.',
    query: `sum by (model, version) (rate(ortolan_prediction_confidence_ratio_sum[5m]))
  / sum by (model, version) (rate(ortolan_prediction_confidence_ratio_count[5m]))`,
    note: 'Compared with the day before, it shows drift.',
  },
  {
    question: 'The ten most frequent classes.',
    query: 'topk(10, sum by (model, class) (rate(ortolan_predicted_classes_total{class!="other"}[1h])))',
  },
  {
    question: 'Mean rows of a batch.',
    query: `sum by (model, version) (rate(ortolan_batch_rows_sum[5m]))
  / sum by (model, version) (rate(ortolan_batch_rows_count[5m]))`,
  },
  {
    question: 'Share of their time that workers are busy.',
    query: 'sum(rate(ortolan_worker_busy_seconds_total[1m])) / sum(ortolan_workers{state!="dead"})',
    note: 'A wide run counts for one worker.',
  },
  {
    question: 'Share of the work that arrives and is refused.',
    query: `sum(rate(ortolan_offered_work_seconds_total{outcome="refused"}[1m]))
  / sum(rate(ortolan_offered_work_seconds_total[1m]))`,
  },
  {
    question: 'Servers that are needed.',
    query: 'ceil(sum(ortolan_saturation_ratio) / 0.7)',
    note: 'At a saturation of 0.7.',
  },
];
