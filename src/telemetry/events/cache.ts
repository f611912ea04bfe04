/** Rows are looked up in the cache of answers. Counted; whether a request hit is in its answer. */
import type { Metrics } from '../metrics/metrics.ts';
import type { CacheLookup } from '../metrics/model-series.ts';
import type { VersionLabels } from '../metrics/register.ts';

export class CacheEvents {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  looked(labels: VersionLabels, lookup: CacheLookup, rows: number): void {
    this.#metrics.cacheLookups.inc({ ...labels, result: lookup }, rows);
    this.#metrics.models.of(labels).lookups[lookup] += rows;
  }

  evicted(): void {
    this.#metrics.cacheEvictions.inc();
  }
}
