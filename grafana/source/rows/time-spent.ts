/** Latency by stage, and its distribution. */
import type { Row } from '../dashboard.ts';
import { OBJECTIVE_SECONDS } from '../objective.ts';
import { heatmap, lines } from '../panel.ts';
import { mean, quantile, ratio, sumRate } from '../promql.ts';

/** Edges of buckets of prediction_duration_seconds. (Not whole ones: Prometheus 3 writes `1.0` where others write `1`.) */
const AT_MOST = [0.05, 0.1, OBJECTIVE_SECONDS, 0.5];

export const timeSpent: Row = {
  title: 'Latency',
  panels: [
    lines({
      title: 'Mean by stage',
      description:
        'Stacked: the top is the mean latency. A longer queue means load, a longer decode larger images.',
      unit: 's',
      queries: [{ expr: mean('stage', 'ortolan_stage_duration_seconds'), legend: '{{stage}}' }],
      stacked: true,
      min: 0,
      width: 12,
      height: 9,
    }),
    lines({
      title: 'p99 by stage',
      description: 'p99 of the time in each stage. They do not add up to the p99 of an answer.',
      unit: 's',
      queries: [{ expr: quantile(0.99, 'stage', 'ortolan_stage_duration_seconds'), legend: '{{stage}}' }],
      min: 0,
      width: 12,
      height: 9,
    }),
    heatmap({
      title: 'Latency distribution',
      description:
        'Answers by latency. Two bands are two kinds of request, or a queue that fills and empties.',
      unit: 's',
      queries: [{ expr: sumRate('le', 'prediction_duration_seconds_bucket') }],
      width: 12,
      height: 9,
    }),
    lines({
      title: 'Share of answers by latency',
      description:
        'Share of answers that took at most so long. The objective: p99 of 200 ms, so 99 % of them at most 200 ms.',
      unit: 'percentunit',
      queries: AT_MOST.map((seconds) => ({
        expr: ratio(
          sumRate('', 'prediction_duration_seconds_bucket', `le="${seconds}"`),
          sumRate('', 'prediction_duration_seconds_count'),
        ),
        legend: `<= ${seconds * 1000} ms`,
      })),
      thresholds: [
        [null, 'red'],
        [0.99, 'green'],
      ],
      max: 1,
      width: 12,
      height: 9,
    }),
  ],
};
