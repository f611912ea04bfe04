/** Features are got for requests; their store fails and comes back. */
import { plain, type Log } from '../../log/log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { VersionLabels } from '../../metrics/register.ts';

type FeatureMetrics = Pick<
  Metrics,
  | 'featureCalls'
  | 'featureCallDuration'
  | 'featureRequests'
  | 'featureValues'
  | 'featureDefaults'
  | 'featureRefusals'
  | 'featureAge'
  | 'featureBreaker'
>;

/** What is counted of the features of a request. */
export interface FilledFacts {
  readonly defaulted: readonly { readonly feature: string; readonly rows: readonly number[] }[];
  /** Values by what the store gave. */
  readonly counts: ReadonlyMap<string, number>;
  /** By name of the feature, in milliseconds. */
  readonly ages: ReadonlyMap<string, number>;
}

export class FeatureEvents {
  readonly #log: Log;
  readonly #metrics: FeatureMetrics;

  constructor(log: Log, metrics: FeatureMetrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  /** The features of a version are asked for the first time: its series begin, so that a first increase is visible. */
  opened({ model, version }: VersionLabels, features: readonly string[]): void {
    for (const outcome of ['ok', 'refused', 'garbled', 'timeout', 'down'])
      this.#metrics.featureCalls.of({ model, version, outcome });
    for (const feature of features) this.#metrics.featureDefaults.of({ model, version, feature });
    this.#metrics.featureBreaker.set({ model, version }, 0);
  }

  /** A call is over. `requests`: whose features it has asked for. */
  called({ model, version }: VersionLabels, outcome: string, ms: number, requests: number): void {
    this.#metrics.featureCalls.inc({ model, version, outcome });
    this.#metrics.featureCallDuration.of({ model, version }).observe(ms / 1000);
    this.#metrics.featureRequests.inc({ model, version }, requests);
  }

  filled({ model, version }: VersionLabels, { defaulted, counts, ages }: FilledFacts): void {
    for (const [status, count] of counts) this.#metrics.featureValues.inc({ model, version, status }, count);
    for (const { feature, rows } of defaulted)
      this.#metrics.featureDefaults.inc({ model, version, feature }, rows.length);
    for (const [feature, ms] of ages) this.#metrics.featureAge.set({ model, version, feature }, ms / 1000);
  }

  /** A request is refused for want of a value. */
  lacking({ model, version }: VersionLabels, code: string): void {
    this.#metrics.featureRefusals.inc({ model, version, code });
  }

  /** The store has failed repeatedly, and is not asked for a while. */
  breakerOpened({ model, version }: VersionLabels, reason: string): void {
    this.#metrics.featureBreaker.set({ model, version }, 1);
    this.#log.warn({ model, version, reason: plain(reason) }, 'feature store is not asked for a while');
  }

  breakerClosed({ model, version }: VersionLabels): void {
    this.#metrics.featureBreaker.set({ model, version }, 0);
    this.#log.info({ model, version }, 'feature store is asked again');
  }
}
