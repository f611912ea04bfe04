/** Federated rounds are opened and closed; clients send updates. */
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';

type FederatedMetrics = Pick<
  Metrics,
  'federatedUpdates' | 'federatedRoundOpen' | 'federatedClients' | 'federatedRounds'
>;

export class FederatedEvents {
  readonly #log: Log;
  readonly #metrics: FederatedMetrics;

  constructor(log: Log, metrics: FederatedMetrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** `version`: the one that clients begin from. */
  opened(model: string, round: number, version: string): void {
    for (const outcome of ['accepted', 'repeated', 'refused'])
      this.#metrics.federatedUpdates.of({ model, outcome });
    this.#metrics.federatedRoundOpen.set({ model }, 1);
    this.#metrics.federatedClients.set({ model }, 0);
    this.#log.info({ model, version, round }, 'federated round is open');
  }

  /** An update was taken. `clients`: of the round, so far. */
  taken(model: string, repeated: boolean, clients: number): void {
    this.#metrics.federatedUpdates.inc({ model, outcome: repeated ? 'repeated' : 'accepted' });
    this.#metrics.federatedClients.set({ model }, clients);
  }

  refused(model: string): void {
    this.#metrics.federatedUpdates.inc({ model, outcome: 'refused' });
  }

  /** `ms`: of the aggregation. */
  closed(model: string, round: number, outcome: string, ms: number): void {
    this.#metrics.federatedRoundOpen.set({ model }, 0);
    this.#metrics.federatedRounds.inc({ model, outcome });
    this.#log.info({ model, round, outcome, ms: Math.round(ms) }, 'federated round is closed');
  }
}
