/** Whether it is well, by colour, in one row. */
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

export const well: Row = {
  title: 'Is it well?',
  panels: [
    stat({
      title: 'Servers up',
      description: 'Share of the servers that answer Prometheus. Red: OrtolanDown in the manual.',
      unit: 'percentunit',
      queries: [{ expr: `avg(${series('up')})` }],
      thresholds: ALL_OR_NOTHING,
      noValue: 'none',
      width: 3,
      height: 4,
    }),
    stat({
      title: 'Models ready',
      description: 'Share of the model versions, over all servers, that can be used.',
      unit: 'percentunit',
      queries: [{ expr: `avg(${series('ortolan_model_ready')})` }],
      thresholds: ALL_OR_NOTHING,
      noValue: 'none',
      width: 3,
      height: 4,
    }),
    stat({
      title: 'Workers alive',
      description: 'Share of the worker threads that are there. One that died is replaced by itself.',
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
      title: 'Failing now',
      description:
        'Share of prediction requests answered with 5xx, refusals included. The objective allows 0.1 %.',
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
      title: 'p99 now',
      description: 'Ninety-nine of a hundred answers came within this. Red from the latency objective on.',
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
        'Work that is asked for over what the workers can do, of the fullest server. Above 1 it must refuse.',
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
      title: 'Refused now',
      description:
        'Share of prediction requests that admission turns away, because they would be late or find no room.',
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
      title: 'Alerts',
      description:
        'Alerts of ours that are firing; they are listed below, and docs/operations.md has a heading for each.',
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
