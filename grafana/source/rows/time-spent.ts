/** Where the time of a request goes: stage by stage, and all together. */
import type { Row } from '../dashboard.ts';
import { OBJECTIVE_SECONDS } from '../objective.ts';
import { heatmap, lines } from '../panel.ts';
import { mean, quantile, ratio, sumRate } from '../promql.ts';

/** Edges of buckets of prediction_duration_seconds. (Not whole ones: Prometheus 3 writes `1.0` where others write `1`.) */
const WITHIN = [0.05, 0.1, OBJECTIVE_SECONDS, 0.5];

export const timeSpent: Row = {
  title: 'Where the time goes',
  panels: [
    lines({
      title: 'Mean of each stage',
      description:
        'One above the other, so that the top is the mean of an answer. A growing queue is load, a growing decode are larger images.',
      unit: 's',
      queries: [{ expr: mean('stage', 'ortolan_stage_duration_seconds'), legend: '{{stage}}' }],
      stacked: true,
      min: 0,
      width: 12,
      height: 9,
    }),
    lines({
      title: 'p99 of each stage',
      description: 'One in a hundred answers spent more than this in the stage. They do not sum up.',
      unit: 's',
      queries: [{ expr: quantile(0.99, 'stage', 'ortolan_stage_duration_seconds'), legend: '{{stage}}' }],
      min: 0,
      width: 12,
      height: 9,
    }),
    heatmap({
      title: 'Durations of answers',
      description:
        'How many answers took how long. Two bands are two kinds of request, or a queue that comes and goes.',
      unit: 's',
      queries: [{ expr: sumRate('le', 'prediction_duration_seconds_bucket') }],
      width: 12,
      height: 9,
    }),
    lines({
      title: 'Answers in time',
      description:
        'Share of the answers that came within each duration; the objective is 99 % within 200 ms.',
      unit: 'percentunit',
      queries: WITHIN.map((seconds) => ({
        expr: ratio(
          sumRate('', 'prediction_duration_seconds_bucket', `le="${seconds}"`),
          sumRate('', 'prediction_duration_seconds_count'),
        ),
        legend: `within ${seconds * 1000} ms`,
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
