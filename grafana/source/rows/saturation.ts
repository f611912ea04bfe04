/** Saturation: work, queue, refusals, workers. */
import type { Row } from '../dashboard.ts';
import { lines } from '../panel.ts';
import { max, ratio, series, sum, sumRate } from '../promql.ts';

export const saturation: Row = {
  title: 'Saturation',
  panels: [
    lines({
      title: 'Saturation and utilization',
      description: 'Offered work and work done, over what the workers can do.',
      unit: 'percentunit',
      queries: [
        { expr: max('instance', series('ortolan_saturation_ratio')), legend: 'offered, {{instance}}' },
        {
          expr: ratio(
            sumRate('instance', 'ortolan_worker_busy_seconds_total'),
            sum('instance', series('ortolan_workers')),
          ),
          legend: 'done, {{instance}}',
        },
      ],
      thresholds: [
        [null, 'green'],
        [1, 'red'],
      ],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Forecast wait',
      description: 'Predicted wait for a worker, by model version. Admission decides by it.',
      unit: 's',
      queries: [
        {
          expr: max('model, version', series('ortolan_forecast_wait_seconds')),
          legend: '{{model}} {{version}}',
        },
      ],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Queued rows',
      description: 'Accepted and not yet sent to a worker, by model version.',
      unit: 'short',
      queries: [
        { expr: sum('model, version', series('ortolan_queue_rows')), legend: '{{model}} {{version}}' },
      ],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Refused requests',
      description: 'Requests refused by admission, by code and stage.',
      unit: 'reqps',
      queries: [
        {
          expr: sumRate('code, stage', 'ortolan_refused_requests_total'),
          legend: '{{code}} at {{stage}}',
        },
      ],
      stacked: true,
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Workers',
      description: 'Worker threads by state, over all servers.',
      unit: 'short',
      queries: [{ expr: sum('state', series('ortolan_workers')), legend: '{{state}}' }],
      colors: { ready: 'green', loading: 'blue', starting: 'yellow', dead: 'red' },
      stacked: true,
      min: 0,
      decimals: 0,
      width: 8,
    }),
    lines({
      title: 'Worker deaths and restarts',
      description:
        'A death fails the batch that was running (503 WORKER_DIED). Each should be followed by a restart.',
      unit: 'cps',
      queries: [
        { expr: sumRate('', 'ortolan_worker_deaths_total'), legend: 'died' },
        { expr: sumRate('', 'ortolan_worker_restarts_total'), legend: 'restarted' },
      ],
      colors: { died: 'red', restarted: 'green' },
      min: 0,
      width: 8,
    }),
  ],
};
