/** Cost of a run of each model version, as measured by the server. */
import type { Row } from '../dashboard.ts';
import { bars, lines } from '../panel.ts';
import { CHOSEN_MODELS, max, series } from '../promql.ts';

export const modelCosts: Row = {
  title: 'Costs',
  panels: [
    bars({
      title: 'Run cost by batch size',
      description:
        'Measured at warm-up and updated since. Batching pays where twice the rows take less than twice the time.',
      unit: 's',
      queries: [
        {
          expr: `sort(${max('model, version, width, rows', series('ortolan_run_cost_seconds', CHOSEN_MODELS))})`,
          legend: '{{model}} {{version}} {{width}}, {{rows}} rows',
        },
      ],
      min: 0,
      width: 12,
      height: 9,
    }),
    lines({
      title: 'Run cost over time',
      description:
        'A cost that rises without a new model version: other processes on the machine, heat, or CPU throttling.',
      unit: 's',
      queries: [
        {
          expr: max('model, version, width, rows', series('ortolan_run_cost_seconds', CHOSEN_MODELS)),
          legend: '{{model}} {{version}} {{width}}, {{rows}} rows',
        },
      ],
      min: 0,
      width: 8,
      height: 9,
    }),
    bars({
      title: 'Batch size cap',
      description: 'The largest batch that still gains throughput within the latency objective.',
      unit: 'short',
      queries: [
        {
          expr: max('model, version', series('ortolan_batch_cap_rows', CHOSEN_MODELS)),
          legend: '{{model}} {{version}}',
        },
      ],
      min: 0,
      decimals: 0,
      width: 4,
      height: 9,
    }),
  ],
};
