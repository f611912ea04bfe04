/** How requests were joined into batches, and why each left when it did. */
import type { Row } from '../dashboard.ts';
import { heatmap, lines } from '../panel.ts';
import { max, mean, quantile, series, sumRate } from '../promql.ts';

export const batches: Row = {
  title: 'Batches',
  panels: [
    lines({
      title: 'Why batches left',
      description:
        'idle: a worker had nothing to do. prefetch: sent ahead to a busy one. full: at its cap. delay: the model asks to wait. Only idle is low load.',
      unit: 'cps',
      queries: [{ expr: sumRate('reason', 'ortolan_batches_total'), legend: '{{reason}}' }],
      stacked: true,
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Narrow and wide runs',
      description:
        'wide: one batch on all cores, for a request that found the server idle. narrow: one core each.',
      unit: 'cps',
      queries: [{ expr: sumRate('width', 'ortolan_batches_total'), legend: '{{width}}' }],
      stacked: true,
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Rows of a batch',
      description:
        'The mean, and the cap: the largest that pays and fits the objective, as measured by the server.',
      unit: 'short',
      queries: [
        { expr: mean('model, version', 'ortolan_batch_rows'), legend: '{{model}} {{version}}' },
        {
          expr: max('model, version', series('ortolan_batch_cap_rows')),
          legend: 'cap of {{model}} {{version}}',
        },
      ],
      min: 0,
      width: 8,
    }),
    heatmap({
      title: 'Sizes of batches',
      description: 'How many batches had how many rows.',
      unit: 'short',
      queries: [{ expr: sumRate('le', 'ortolan_batch_rows_bucket') }],
      width: 8,
    }),
    lines({
      title: 'Duration of a batch',
      description: 'On its worker: decode, run and postprocessing. Median and 99th percentile.',
      unit: 's',
      queries: [0.5, 0.99].map((q) => ({
        expr: quantile(q, 'model, version', 'ortolan_batch_duration_seconds'),
        legend: `p${q * 100} {{model}} {{version}}`,
      })),
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Predicted and run',
      description: 'Images and rows answered per second: what all of this is for.',
      unit: 'cps',
      queries: [
        {
          expr: sumRate('model, version', 'predictions_total', 'status="success"'),
          legend: '{{model}} {{version}}',
        },
      ],
      stacked: true,
      min: 0,
      width: 8,
    }),
  ],
};
