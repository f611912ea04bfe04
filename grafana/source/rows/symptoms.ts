/** Traffic, errors and latency, as seen by clients. */
import type { Row } from '../dashboard.ts';
import { lines } from '../panel.ts';
import { PREDICTIONS, quantile, sumRate } from '../promql.ts';
import { OBJECTIVE_SECONDS } from '../objective.ts';

export const symptoms: Row = {
  title: 'Traffic, errors, latency',
  panels: [
    lines({
      title: 'Prediction requests by status',
      description:
        '4xx: faults of clients. 503: refusals and faults. 499: the client closed the connection first.',
      unit: 'reqps',
      queries: [{ expr: sumRate('code', 'http_requests_total', PREDICTIONS), legend: '{{code}}' }],
      colors: { '2..': 'green', '499': 'purple', '4[0-8].': 'yellow', '5..': 'red' },
      stacked: true,
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Errors by code',
      description: 'Error answers by the code in their body; docs/errors.md explains each.',
      unit: 'reqps',
      queries: [{ expr: sumRate('code', 'ortolan_errors_total'), legend: '{{code}}' }],
      stacked: true,
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Latency of answers',
      description:
        'From the first byte of a request to the last of its answer, without refusals. Points are exemplars with a trace.',
      unit: 's',
      queries: [0.5, 0.95, 0.99].map((q) => ({
        expr: quantile(q, '', 'prediction_duration_seconds'),
        legend: `p${q * 100}`,
      })),
      thresholds: [
        [null, 'green'],
        [OBJECTIVE_SECONDS, 'red'],
      ],
      exemplars: true,
      min: 0,
      width: 8,
    }),
  ],
};
