/** Traffic, errors and latency by model version. */
import type { Row } from '../dashboard.ts';
import { OBJECTIVE_SECONDS } from '../objective.ts';
import { lines } from '../panel.ts';
import { CHOSEN_MODELS, quantile, share, sumRate } from '../promql.ts';

const BY = 'model, version';

export const modelTraffic: Row = {
  title: 'Traffic, errors, latency',
  panels: [
    lines({
      title: 'Predictions',
      description: 'Images and groups of rows per second, errors included.',
      unit: 'cps',
      queries: [{ expr: sumRate(BY, 'predictions_total', CHOSEN_MODELS), legend: '{{model}} {{version}}' }],
      stacked: true,
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Error rate',
      description: 'Share of the predictions that ended in an error: bad images, refusals, faults.',
      unit: 'percentunit',
      queries: [
        {
          expr: share(
            sumRate(BY, 'predictions_total', CHOSEN_MODELS, 'status="error"'),
            sumRate(BY, 'predictions_total', CHOSEN_MODELS),
          ),
          legend: '{{model}} {{version}}',
        },
      ],
      min: 0,
      max: 1,
      width: 8,
    }),
    lines({
      title: 'Latency',
      description: 'p50 and p99 of answers. A model may have its own objective in model.json.',
      unit: 's',
      queries: [0.5, 0.99].map((q) => ({
        expr: quantile(q, BY, 'prediction_duration_seconds', CHOSEN_MODELS),
        legend: `p${q * 100} {{model}} {{version}}`,
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
