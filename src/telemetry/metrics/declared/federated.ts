/** Federated rounds. There are series only for models that have had one. */
import type { Register } from '../register.ts';

export const federatedMetrics = (register: Register) => ({
  federatedUpdates: register.counter(
    'ortolan_federated_updates_total',
    'Updates that clients have sent: accepted, repeated (the same once more) or refused.',
    ['model', 'outcome'],
  ),
  federatedRoundOpen: register.gauge(
    'ortolan_federated_round_open',
    'Whether a federated round of the model is open: 1, or 0.',
    ['model'],
  ),
  federatedClients: register.gauge(
    'ortolan_federated_round_clients',
    'Clients whose updates the last round of the model has.',
    ['model'],
  ),
  federatedRounds: register.counter(
    'ortolan_federated_rounds_total',
    'Rounds that were closed, by what became of them: aggregated or abandoned.',
    ['model', 'outcome'],
  ),
});
