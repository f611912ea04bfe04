/** What each model version is asked for, and how it fares. */
import type { Row } from '../dashboard.ts';
import { OBJECTIVE_SECONDS } from '../objective.ts';
import { lines } from '../panel.ts';
import { CHOSEN_MODELS, quantile, share, sumRate } from '../promql.ts';

const BY = 'model, version';

export const modelAnswers: Row = {
  title: 'How they fare',
  panels: [
    lines({
      title: 'Predictions',
      description: 'Images and groups of rows per second, good and bad.',
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
      description:
        'Of answers: median and 99th percentile. A model may have an objective of its own in model.json.',
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
