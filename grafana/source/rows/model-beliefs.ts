/** What the models answer, and how sure they are: the first to change when what they are shown does. */
import type { Row } from '../dashboard.ts';
import { bars, heatmap, lines } from '../panel.ts';
import { CHOSEN_MODELS, growth, mean, quantile, recorded, sum, sumRate } from '../promql.ts';

const BY = 'model, version';
const CONFIDENCE = 'ortolan_prediction_confidence_ratio';

export const modelBeliefs: Row = {
  title: 'What they answer',
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
      title: 'Confidence',
      description: 'How many images were answered how surely.',
      unit: 'percentunit',
      queries: [{ expr: sumRate('le', `${CONFIDENCE}_bucket`, CHOSEN_MODELS) }],
      width: 8,
    }),
    lines({
      title: 'The least sure tenth, and the median',
      description:
        'A tenth of the images was answered less surely than the lower line. It falls first when images get worse.',
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
      title: 'Confidence of an hour, and a day before',
      description: 'What OrtolanConfidenceShifted compares: it tells of a difference of a tenth or more.',
      unit: 'percentunit',
      queries: [
        {
          expr: recorded('job_model:ortolan_confidence:mean_rate1h', CHOSEN_MODELS),
          legend: '{{model}} {{version}}',
        },
        {
          expr: `${recorded('job_model:ortolan_confidence:mean_rate1h', CHOSEN_MODELS)} offset 1d`,
          legend: '{{model}} {{version}} a day before',
        },
      ],
      min: 0,
      max: 1,
      width: 8,
    }),
  ],
};
