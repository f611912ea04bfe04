/** Size, duration and dispatch reason of batches. */
import type { Row } from '../dashboard.ts';
import { heatmap, lines } from '../panel.ts';
import { max, mean, quantile, series, sumRate } from '../promql.ts';

export const batches: Row = {
  title: 'Batches',
  panels: [
    lines({
      title: 'Batches by reason of dispatch',
      description:
        'idle: a worker was free. prefetch: sent ahead to a busy worker. full: the cap was reached. delay: the model’s queue delay had passed. Under low load all are idle.',
      unit: 'cps',
      queries: [{ expr: sumRate('reason', 'ortolan_batches_total'), legend: '{{reason}}' }],
      stacked: true,
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Batches by width',
      description: 'wide: one batch on all cores, when the server is idle. narrow: one core for each batch.',
      unit: 'cps',
      queries: [{ expr: sumRate('width', 'ortolan_batches_total'), legend: '{{width}}' }],
      stacked: true,
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Batch size',
      description:
        'Mean rows of a batch, and the cap: the largest size that still gains throughput within the latency objective.',
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
      title: 'Batch size distribution',
      description: 'Batches by their number of rows.',
      unit: 'short',
      queries: [{ expr: sumRate('le', 'ortolan_batch_rows_bucket') }],
      width: 8,
    }),
    lines({
      title: 'Batch duration',
      description: 'p50 and p99 on the worker: decode, run and postprocessing.',
      unit: 's',
      queries: [0.5, 0.99].map((q) => ({
        expr: quantile(q, 'model, version', 'ortolan_batch_duration_seconds'),
        legend: `p${q * 100} {{model}} {{version}}`,
      })),
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Predictions',
      description: 'Images and groups of rows answered per second.',
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
