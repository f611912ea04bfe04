/** Model versions and their state. */
import type { Row } from '../dashboard.ts';
import { bars, states, table } from '../panel.ts';
import { CHOSEN_MODELS, max, min, series } from '../promql.ts';

export const modelState: Row = {
  title: 'Versions',
  panels: [
    states({
      title: 'Ready',
      description: 'Whether each version is ready on every server. /health has the reason when one is not.',
      unit: 'none',
      queries: [
        {
          expr: min('model, version', series('ortolan_model_ready', CHOSEN_MODELS)),
          legend: '{{model}} {{version}}',
        },
      ],
      names: { 0: ['not ready', 'red'], 1: ['ready', 'green'] },
      thresholds: [
        [null, 'red'],
        [1, 'green'],
      ],
      width: 10,
      height: 6,
    }),
    table({
      title: 'Execution providers',
      description: 'The execution provider of each version, by server.',
      unit: 'none',
      queries: [{ expr: series('ortolan_model_info', CHOSEN_MODELS) }],
      columns: { model: 'model', version: 'version', provider: 'runs on', instance: 'server' },
      width: 8,
      height: 6,
    }),
    bars({
      title: 'Load time',
      description: 'Time to load and warm up each version, on the slowest server.',
      unit: 's',
      queries: [
        {
          expr: max('model, version', series('ortolan_model_load_seconds', CHOSEN_MODELS)),
          legend: '{{model}} {{version}}',
        },
      ],
      min: 0,
      width: 6,
      height: 6,
    }),
  ],
};
