/** What the server has learned of the cost of each model version. */
import type { Row } from '../dashboard.ts';
import { bars, lines } from '../panel.ts';
import { CHOSEN_MODELS, max, series } from '../promql.ts';

export const modelCosts: Row = {
  title: 'What they cost',
  panels: [
    bars({
      title: 'Cost of a run, by rows of the batch',
      description:
        'As measured at warm-up and learned since. Where twice the rows cost less than twice the time, batches pay.',
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
      title: 'Cost of a run over time',
      description:
        'A cost that rises without a new model is the machine: a neighbour, heat, a limit on its CPU.',
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
      title: 'Cap',
      description: 'Rows of the largest batch that pays and fits the objective.',
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
