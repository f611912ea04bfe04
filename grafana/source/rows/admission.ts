/** What waits, what is foreseen, what is turned away, and what was done in vain. */
import type { Row } from '../dashboard.ts';
import { lines } from '../panel.ts';
import { max, series, sum, sumRate } from '../promql.ts';

export const admission: Row = {
  title: 'Queue and admission',
  panels: [
    lines({
      title: 'Work that is asked for',
      description:
        'Predicted worker seconds per second of the requests that arrive, beside the workers that there are. Above them, the rest must be refused.',
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
      title: 'Rows that wait',
      description: 'Accepted and not yet with a worker.',
      unit: 'short',
      queries: [
        { expr: sum('model, version', series('ortolan_queue_rows')), legend: '{{model}} {{version}}' },
      ],
      min: 0,
      width: 12,
    }),
    lines({
      title: 'Forecast wait',
      description: 'How long a request that came now would wait for a worker.',
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
      title: 'Error of the forecast',
      description:
        'What the 99th percentile of recent requests took over what was forecast. Admission allows for it; far above 1 the machine is not its own.',
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
      title: 'Refused by admission',
      description: 'headers: before the body was read, the cheapest way. Otherwise once its work was known.',
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
      title: 'Accepted and given up',
      description:
        'Rows never run: abandoned by their client, expired, or late while others waited behind them.',
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
      title: 'Run in vain',
      description: 'Rows that were run although their client had left by then. Work that nobody paid for.',
      unit: 'cps',
      queries: [
        { expr: sumRate('model, version', 'ortolan_wasted_rows_total'), legend: '{{model}} {{version}}' },
      ],
      stacked: true,
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Bytes of bodies in flight',
      description: 'Being read or waiting for their answer, and what is allowed.',
      unit: 'bytes',
      queries: [
        { expr: sum('', series('ortolan_in_flight_bytes')), legend: 'in flight' },
        { expr: sum('', series('ortolan_in_flight_bytes_limit')), legend: 'limit' },
      ],
      colors: { '^limit$': 'red' },
      min: 0,
      width: 8,
    }),
  ],
};
