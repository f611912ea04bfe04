/** The status in one row of figures, by colour. */
import type { Row } from '../dashboard.ts';
import { stat, type Threshold } from '../panel.ts';
import { max, PREDICTIONS, quantile, series, share, sum, sumRate } from '../promql.ts';
import { OBJECTIVE_SECONDS } from '../objective.ts';

const ALL_OR_NOTHING: readonly Threshold[] = [
  [null, 'red'],
  [1, 'green'],
];

const answered = sumRate('', 'http_requests_total', PREDICTIONS, 'code!="499"');
const alive = 'state=~"ready|loading"';

export const status: Row = {
  title: 'Status',
  panels: [
    stat({
      title: 'Servers up',
      description:
        'Share of the servers that Prometheus can scrape. Red: see OrtolanDown in docs/operations.md.',
      unit: 'percentunit',
      queries: [{ expr: `avg(${series('up')})` }],
      thresholds: ALL_OR_NOTHING,
      noValue: 'none',
      width: 3,
      height: 4,
    }),
    stat({
      title: 'Models ready',
      description: 'Share of the model versions, over all servers, that are ready.',
      unit: 'percentunit',
      queries: [{ expr: `avg(${series('ortolan_model_ready')})` }],
      thresholds: ALL_OR_NOTHING,
      noValue: 'none',
      width: 3,
      height: 4,
    }),
    stat({
      title: 'Workers alive',
      description:
        'Share of the worker threads that are ready or loading. A dead one is restarted automatically.',
      unit: 'percentunit',
      queries: [
        { expr: share(sum('', series('ortolan_workers', alive)), sum('', series('ortolan_workers'))) },
      ],
      thresholds: ALL_OR_NOTHING,
      noValue: 'none',
      width: 3,
      height: 4,
    }),
    stat({
      title: 'Error rate',
      description:
        'Share of prediction requests answered with 5xx, refusals included. The objective is 0.1 %.',
      unit: 'percentunit',
      queries: [{ expr: share(sumRate('', 'http_requests_total', PREDICTIONS, 'code=~"5.."'), answered) }],
      thresholds: [
        [null, 'green'],
        [0.001, 'yellow'],
        [0.0144, 'red'],
      ],
      decimals: 1,
      noValue: 'no traffic',
      width: 3,
      height: 4,
    }),
    stat({
      title: 'p99 latency',
      description: 'p99 of answers. Yellow from 75 % of the latency objective, red above it.',
      unit: 's',
      queries: [{ expr: quantile(0.99, '', 'prediction_duration_seconds') }],
      thresholds: [
        [null, 'green'],
        [0.75 * OBJECTIVE_SECONDS, 'yellow'],
        [OBJECTIVE_SECONDS, 'red'],
      ],
      decimals: 0,
      noValue: 'no traffic',
      width: 3,
      height: 4,
    }),
    stat({
      title: 'Saturation',
      description:
        'Offered work over what the workers can do, on the busiest server. Above 1 it refuses requests.',
      unit: 'percentunit',
      queries: [{ expr: max('', series('ortolan_saturation_ratio')) }],
      thresholds: [
        [null, 'green'],
        [0.8, 'yellow'],
        [1, 'red'],
      ],
      decimals: 0,
      noValue: 'none',
      width: 3,
      height: 4,
    }),
    stat({
      title: 'Refusal rate',
      description:
        'Share of prediction requests that admission refuses: they would be late, or the queue or memory is full.',
      unit: 'percentunit',
      queries: [
        {
          expr: share(
            sumRate('', 'ortolan_refused_requests_total'),
            sumRate('', 'http_requests_total', PREDICTIONS),
          ),
        },
      ],
      thresholds: [
        [null, 'green'],
        [0.001, 'yellow'],
        [0.05, 'red'],
      ],
      decimals: 1,
      noValue: 'no traffic',
      width: 3,
      height: 4,
    }),
    stat({
      title: 'Firing alerts',
      description:
        'Alerts that are firing. They are listed below; docs/operations.md has a section for each.',
      unit: 'none',
      queries: [{ expr: 'count(ALERTS{alertstate="firing", alertname=~"Ortolan.+"}) or vector(0)' }],
      thresholds: [
        [null, 'green'],
        [1, 'red'],
      ],
      noValue: '0',
      width: 3,
      height: 4,
    }),
  ],
};
