/** Features that models get from a store, and federated rounds. */
import type { Row } from '../dashboard.ts';
import { lines } from '../panel.ts';
import { CHOSEN_MODELS, max, quantile, series, sum, sumRate } from '../promql.ts';

const BY = 'model, version';

export const modelFeatures: Row = {
  title: 'Features, federated rounds',
  panels: [
    lines({
      title: 'Calls of feature stores',
      description:
        'By outcome: ok, refused (an error), garbled, timeout, down. One call may be for many requests. There are none while a store is left alone.',
      unit: 'cps',
      queries: [
        {
          expr: sumRate('model, outcome', 'ortolan_feature_calls_total', CHOSEN_MODELS),
          legend: '{{model}} {{outcome}}',
        },
      ],
      stacked: true,
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Duration of the calls',
      description: 'p50 and p99. A request waits timeoutMs of model.json at most.',
      unit: 's',
      queries: [0.5, 0.99].map((q) => ({
        expr: quantile(q, BY, 'ortolan_feature_call_duration_seconds', CHOSEN_MODELS),
        legend: `p${q * 100} {{model}} {{version}}`,
      })),
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Defaults that were taken',
      description:
        'Values of a feature that the store did not have, or was not asked for. Answers name them.',
      unit: 'cps',
      queries: [
        {
          expr: sumRate('model, feature', 'ortolan_feature_defaults_total', CHOSEN_MODELS),
          legend: '{{model}} {{feature}}',
        },
      ],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Age of features',
      description: 'Age of the oldest value of the last request, by the time that the store says.',
      unit: 's',
      queries: [
        {
          expr: max('model, feature', series('ortolan_feature_age_seconds', CHOSEN_MODELS)),
          legend: '{{model}} {{feature}}',
        },
      ],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Stores that are left alone',
      description: 'Servers that do not ask the feature store of a model, because it has failed repeatedly.',
      unit: 'short',
      queries: [
        {
          expr: sum(BY, series('ortolan_feature_breaker_open', CHOSEN_MODELS)),
          legend: '{{model}} {{version}}',
        },
      ],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Updates of federated rounds',
      description: 'Clients in the last round of a model, and updates that were refused.',
      unit: 'short',
      queries: [
        {
          expr: max('model', series('ortolan_federated_round_clients', CHOSEN_MODELS)),
          legend: 'clients of {{model}}',
        },
        {
          expr: sumRate('model', 'ortolan_federated_updates_total', CHOSEN_MODELS, 'outcome="refused"'),
          legend: 'refused of {{model}}',
        },
      ],
      min: 0,
      width: 8,
    }),
  ],
};
