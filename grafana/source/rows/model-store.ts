/** Models that are pulled from a store. */
import type { Row } from '../dashboard.ts';
import { lines } from '../panel.ts';
import { series, sumRate } from '../promql.ts';

export const modelStore: Row = {
  title: 'Store of artifacts',
  panels: [
    lines({
      title: 'Looks and refusals',
      description:
        'How often the store is asked for changes, and models that were not pulled. Empty: nothing is pulled.',
      unit: 'cps',
      queries: [
        { expr: sumRate('outcome', 'ortolan_artifact_looks_total'), legend: 'look: {{outcome}}' },
        { expr: sumRate('reason', 'ortolan_artifact_refusals_total'), legend: 'not pulled: {{reason}}' },
      ],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Age of the last good look',
      description: 'Time since the models of a server were last known to be what the store offers.',
      unit: 's',
      queries: [
        { expr: `time() - ${series('ortolan_artifact_current_timestamp_seconds')}`, legend: '{{instance}}' },
      ],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Bytes from the store',
      description: 'What was pulled, by all servers together.',
      unit: 'Bps',
      queries: [{ expr: sumRate('', 'ortolan_artifact_received_bytes_total'), legend: 'received' }],
      min: 0,
      width: 8,
    }),
  ],
};
