/** Rows are looked up in the cache of answers. Counted; whether a request hit is in its answer. */
import type { Metrics } from '../../metrics/metrics.ts';
import type { VersionLabels } from '../../metrics/register.ts';

export class CacheEvents {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  looked({ model, version }: VersionLabels, result: 'hit' | 'collapsed' | 'miss', rows: number): void {
    this.#metrics.cacheLookups.inc({ model, version, result }, rows);
  }

  evicted(): void {
    this.#metrics.cacheEvictions.inc();
  }
}
