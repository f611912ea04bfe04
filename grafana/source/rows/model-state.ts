/** Which model versions there are, and whether they can be used. */
import type { Row } from '../dashboard.ts';
import { bars, states, table } from '../panel.ts';
import { CHOSEN_MODELS, max, min, series } from '../promql.ts';

export const modelState: Row = {
  title: 'Which models there are',
  panels: [
    states({
      title: 'Ready',
      description: 'Whether each version can be used on every server. /health says why one cannot.',
      unit: 'none',
      queries: [
        {
          expr: min('model, version', series('ortolan_model_ready', CHOSEN_MODELS)),
          legend: '{{model}} {{version}}',
        },
      ],
      names: { 0: ['not usable', 'red'], 1: ['ready', 'green'] },
      thresholds: [
        [null, 'red'],
        [1, 'green'],
      ],
      width: 10,
      height: 6,
    }),
    table({
      title: 'Versions',
      description: 'Which execution provider runs each version, on which server.',
      unit: 'none',
      queries: [{ expr: series('ortolan_model_info', CHOSEN_MODELS) }],
      columns: { model: 'model', version: 'version', provider: 'runs on', instance: 'server' },
      width: 8,
      height: 6,
    }),
    bars({
      title: 'Time to load',
      description: 'How long each version took to load and warm up, on the slowest server.',
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
