/** Work is asked for, and accepted or refused. Counted and not logged: a refusal is in the log line of its request. */
import type { CounterSeries } from '../../metrics/series/counter.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { VersionLabels } from '../../metrics/register.ts';

type Outcome = 'accepted' | 'refused';

export class DemandEvents {
  readonly #metrics: Pick<Metrics, 'refusedRequests' | 'offeredWork'>;
  readonly #offered: Readonly<Record<Outcome, CounterSeries>>;

  constructor(metrics: Pick<Metrics, 'refusedRequests' | 'offeredWork'>) {
    this.#metrics = metrics;
    this.#offered = {
      accepted: metrics.offeredWork.of({ outcome: 'accepted' }),
      refused: metrics.offeredWork.of({ outcome: 'refused' }),
    };
  }

  refused({ model, version }: VersionLabels, stage: string, code: string): void {
    this.#metrics.refusedRequests.inc({ model, version, stage, code });
  }

  /** `ms`: predicted worker time of a request that arrived. */
  workOffered(outcome: Outcome, ms: number): void {
    this.#offered[outcome].inc(ms / 1000);
  }
}
