/** How far the inputs and answers of versions are from their references. */
import type { Row } from '../dashboard.ts';
import { lines } from '../panel.ts';
import { CHOSEN_MODELS, max, ratio, recorded, series, sum } from '../promql.ts';

const OF_FEATURE = 'model, version, feature';
const LEGEND = '{{model}} {{version}} {{feature}}';

export const modelDrift: Row = {
  title: 'Drift',
  panels: [
    lines({
      title: 'Statistic over threshold',
      description:
        'Of the last window of each feature; from 1 on OrtolanDrift fires. By chance alone one window in a thousand gets there.',
      unit: 'none',
      queries: [
        {
          expr: max(
            OF_FEATURE,
            ratio(
              series('ortolan_drift_statistic', CHOSEN_MODELS),
              series('ortolan_drift_threshold', CHOSEN_MODELS),
            ),
          ),
          legend: LEGEND,
        },
      ],
      thresholds: [
        [null, 'green'],
        [1, 'red'],
      ],
      min: 0,
      width: 8,
      noValue: 'no version has a drift.json',
    }),
    lines({
      title: 'KS of the last hour, all replicas',
      description:
        'Largest difference of the shares up to a bin between the last hour and the reference, by number.',
      unit: 'none',
      queries: [
        { expr: recorded('job_model_feature:ortolan_drift_ks:increase1h', CHOSEN_MODELS), legend: LEGEND },
      ],
      min: 0,
      max: 1,
      width: 8,
      noValue: 'no version has a drift.json',
    }),
    lines({
      title: 'Windows',
      description: 'Windows that were compared, within all thresholds or beyond one.',
      unit: 'short',
      queries: [
        {
          expr: sum(
            'model, version, outcome',
            `increase(${series('ortolan_drift_windows_total', CHOSEN_MODELS)}[$__rate_interval])`,
          ),
          legend: '{{model}} {{version}} {{outcome}}',
        },
      ],
      stacked: true,
      min: 0,
      width: 8,
      noValue: 'no version has a drift.json',
    }),
  ],
};
