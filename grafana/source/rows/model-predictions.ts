/** Classes and confidence of predictions. They shift when the input data does. */
import type { Row } from '../dashboard.ts';
import { bars, heatmap, lines } from '../panel.ts';
import { CHOSEN_MODELS, growth, mean, quantile, recorded, sum, sumRate } from '../promql.ts';

const BY = 'model, version';
const CONFIDENCE = 'ortolan_prediction_confidence_ratio';

export const modelPredictions: Row = {
  title: 'Predictions',
  panels: [
    bars({
      title: 'Most frequent classes',
      description:
        'Images by their most probable class, in the whole range. Classes beyond the first 50 of a model count as other.',
      unit: 'short',
      queries: [
        {
          expr: `topk(12, ${sum('class', growth('ortolan_predicted_classes_total', CHOSEN_MODELS))})`,
          legend: '{{class}}',
        },
      ],
      min: 0,
      decimals: 0,
      width: 8,
    }),
    lines({
      title: 'Classes over time',
      description: 'Images per second by their most probable class: the ten most frequent at each moment.',
      unit: 'cps',
      queries: [
        {
          expr: `topk(10, ${sumRate('class', 'ortolan_predicted_classes_total', CHOSEN_MODELS)})`,
          legend: '{{class}}',
        },
      ],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Mean confidence',
      description: 'Mean probability of the most probable class.',
      unit: 'percentunit',
      queries: [{ expr: mean(BY, CONFIDENCE, CHOSEN_MODELS), legend: '{{model}} {{version}}' }],
      min: 0,
      max: 1,
      width: 8,
    }),
    heatmap({
      title: 'Confidence distribution',
      description: 'Images by the probability of their most probable class.',
      unit: 'percentunit',
      queries: [{ expr: sumRate('le', `${CONFIDENCE}_bucket`, CHOSEN_MODELS) }],
      width: 8,
    }),
    lines({
      title: 'p10 and p50 of confidence',
      description: 'p10 falls first when image quality drops.',
      unit: 'percentunit',
      queries: [0.1, 0.5].map((q) => ({
        expr: quantile(q, BY, CONFIDENCE, CHOSEN_MODELS),
        legend: `p${q * 100} {{model}} {{version}}`,
      })),
      min: 0,
      max: 1,
      width: 8,
    }),
    lines({
      title: 'Mean confidence, 1 h, against a day ago',
      description: 'OrtolanConfidenceShifted fires when they differ by more than 0.1.',
      unit: 'percentunit',
      queries: [
        {
          expr: recorded('job_model:ortolan_confidence:mean_rate1h', CHOSEN_MODELS),
          legend: '{{model}} {{version}}',
        },
        {
          expr: `${recorded('job_model:ortolan_confidence:mean_rate1h', CHOSEN_MODELS)} offset 1d`,
          legend: '{{model}} {{version}} a day ago',
        },
      ],
      min: 0,
      max: 1,
      width: 8,
    }),
  ],
};
