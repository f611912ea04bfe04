/** What callers have said of answers: how often they were right, and what was taken for what. */
import type { Row } from '../dashboard.ts';
import { bars, lines } from '../panel.ts';
import { CHOSEN_MODELS, max, series, share, sum, sumRate } from '../promql.ts';

const BY = 'model, version, route';
const LEGEND = '{{model}} {{version}} {{route}}';

export const modelAccuracy: Row = {
  title: 'Right answers, by feedback',
  panels: [
    lines({
      title: 'Accuracy, with its interval',
      description:
        'Share of right answers over the days that predictions are kept, and the interval that the true share is in, 95 times of 100. OrtolanAccuracyLow fires when the upper end is below the floor.',
      unit: 'percentunit',
      queries: [
        { expr: max(BY, series('ortolan_accuracy_ratio', CHOSEN_MODELS)), legend: LEGEND },
        { expr: max(BY, series('ortolan_accuracy_low_ratio', CHOSEN_MODELS)), legend: `${LEGEND} at least` },
        { expr: max(BY, series('ortolan_accuracy_high_ratio', CHOSEN_MODELS)), legend: `${LEGEND} at most` },
      ],
      min: 0,
      max: 1,
      width: 12,
    }),
    lines({
      title: 'Right answers, of those that were judged meanwhile',
      description: 'Of the labels that came within the interval of the graph, over all servers.',
      unit: 'percentunit',
      queries: [
        {
          expr: share(
            sumRate(BY, 'ortolan_feedback_labels_total', CHOSEN_MODELS, 'verdict="right"'),
            sumRate(BY, 'ortolan_feedback_labels_total', CHOSEN_MODELS),
          ),
          legend: LEGEND,
        },
      ],
      min: 0,
      max: 1,
      width: 12,
    }),
    lines({
      title: 'Calibration error',
      description: 'How far the probability of the best class is from how often it is right.',
      unit: 'percentunit',
      queries: [{ expr: max(BY, series('ortolan_calibration_error_ratio', CHOSEN_MODELS)), legend: LEGEND }],
      min: 0,
      width: 8,
    }),
    bars({
      title: 'Taken for one another',
      description: 'Answers of one class that were another one: the ten most frequent pairs.',
      unit: 'short',
      queries: [
        {
          expr: `topk(10, ${max('model, version, predicted, actual', series('ortolan_confusions', CHOSEN_MODELS))})`,
          legend: '{{predicted}}, but {{actual}}',
        },
      ],
      min: 0,
      decimals: 0,
      width: 8,
    }),
    lines({
      title: 'Feedback',
      description: 'Calls a second, by how they were taken.',
      unit: 'cps',
      queries: [{ expr: sumRate('result', 'ortolan_feedback_total'), legend: '{{result}}' }],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Log of predictions',
      description: 'Lines a second, written and dropped.',
      unit: 'cps',
      queries: [
        { expr: sumRate('log, result', 'ortolan_prediction_log_lines_total'), legend: '{{log}} {{result}}' },
      ],
      min: 0,
      width: 12,
    }),
    lines({
      title: 'Disk of the logs',
      description: 'Of each server, and the budget. Servers that share a folder show the same.',
      unit: 'bytes',
      queries: [
        { expr: sum('instance', series('ortolan_prediction_log_bytes')), legend: '{{instance}}' },
        { expr: max('', series('ortolan_prediction_log_bytes_limit')), legend: 'budget' },
      ],
      min: 0,
      width: 12,
    }),
  ],
};
