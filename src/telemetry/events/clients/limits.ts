/** Callers are over their limits. (Each refusal is a failed request too, which has its log line.) */
import type { Metrics } from '../../metrics/metrics.ts';

export class LimitEvents {
  readonly #metrics: Pick<Metrics, 'limitedRequests'>;

  constructor(metrics: Pick<Metrics, 'limitedRequests'>) {
    this.#metrics = metrics;
  }

  /** `caller`: what it is known by. */
  refused(caller: string, limit: string): void {
    this.#metrics.limitedRequests.inc({ caller, limit });
  }
}
