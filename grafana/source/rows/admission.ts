/** Offered work, queue, forecasts, refusals, dropped and wasted rows. */
import type { Row } from '../dashboard.ts';
import { lines } from '../panel.ts';
import { max, series, sum, sumRate } from '../promql.ts';

export const admission: Row = {
  title: 'Queue and admission',
  panels: [
    lines({
      title: 'Offered work',
      description:
        'Predicted worker seconds per second of the requests that arrive, work done, and the number of workers. Offered work above that number is refused.',
      unit: 'short',
      queries: [
        { expr: sumRate('outcome', 'ortolan_offered_work_seconds_total'), legend: '{{outcome}}' },
        { expr: sumRate('', 'ortolan_worker_busy_seconds_total'), legend: 'done' },
        { expr: sum('', series('ortolan_workers')), legend: 'workers' },
      ],
      min: 0,
      width: 12,
    }),
    lines({
      title: 'Queued rows',
      description: 'Accepted and not yet sent to a worker.',
      unit: 'short',
      queries: [
        { expr: sum('model, version', series('ortolan_queue_rows')), legend: '{{model}} {{version}}' },
      ],
      min: 0,
      width: 12,
    }),
    lines({
      title: 'Forecast wait',
      description: 'Predicted wait of a new request for a worker.',
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
      title: 'Forecast error',
      description:
        'p99.5 of measured over forecast duration of recent requests. Admission allows for it. Far above 1: other processes use the CPU, or it is throttled.',
      unit: 'short',
      queries: [
        {
          expr: max('model, version', series('ortolan_forecast_error_ratio')),
          legend: '{{model}} {{version}}',
        },
      ],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Refused requests',
      description: 'Stage headers: before the body was read. Otherwise after it, when the work was known.',
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
      title: 'Dropped rows',
      description:
        'Accepted rows that were not run: the client left, the deadline passed, or they would have been late.',
      unit: 'cps',
      queries: [
        {
          expr: sumRate('reason, stage', 'ortolan_dropped_rows_total'),
          legend: '{{reason}} in {{stage}}',
        },
      ],
      stacked: true,
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Wasted rows',
      description: 'Rows that were run although their client had left.',
      unit: 'cps',
      queries: [
        { expr: sumRate('model, version', 'ortolan_wasted_rows_total'), legend: '{{model}} {{version}}' },
      ],
      stacked: true,
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Body bytes in flight',
      description: 'Request bodies being read or waiting for their answer, and the limit.',
      unit: 'bytes',
      queries: [
        { expr: sum('', series('ortolan_in_flight_bytes')), legend: 'in flight' },
        { expr: sum('', series('ortolan_in_flight_bytes_limit')), legend: 'limit' },
      ],
      colors: { '^limit$': 'red' },
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Callers over their limits',
      description:
        'Requests that were refused with 429, by what the caller is known by and which limit it was. Only where callers have limits.',
      unit: 'reqps',
      queries: [
        {
          expr: sumRate('caller, limit', 'ortolan_limited_requests_total'),
          legend: '{{limit}} of {{caller}}',
        },
      ],
      stacked: true,
      min: 0,
      width: 12,
    }),
    lines({
      title: 'Limits shared between replicas',
      description:
        'Servers that can use the store in which the limits of callers are shared, and requests that were judged without it.',
      unit: 'short',
      queries: [
        { expr: sum('store', series('ortolan_limits_shared')), legend: 'servers with {{store}}' },
        { expr: sumRate('', 'ortolan_limits_alone_total'), legend: 'judged alone' },
      ],
      min: 0,
      width: 12,
    }),
  ],
};
