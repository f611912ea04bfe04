/** Makes metrics and registers each under its name, which must be new. The only place that makes any. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import { Counter } from './series/counter.ts';
import { Gauge } from './series/gauge.ts';
import { Histogram } from './series/histogram.ts';
import type { Exposed, Labels } from './series/table.ts';

/**
 * Of prom-client's own metrics, those that break the rules: gauges whose names end as counters' do. Each is the sum of
 * the metric of the same name without `_total`.
 */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

export interface VersionLabels {
  readonly model: string;
  readonly version: string;
}

interface Removable extends Exposed {
  remove(labels: Labels<string>): void;
}

export class Register {
  readonly registry = new Registry();
  readonly #byVersion: Removable[] = [];

  /** With prom-client's own metrics of the process and of Node. */
  constructor() {
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
  }

  counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return this.#own(new Counter(name, help, labelNames));
  }

  gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return this.#own(new Gauge(name, help, labelNames));
  }

  /** `bounds`: upper edges of the buckets, ascending. */
  histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    bounds: readonly number[],
  ): Histogram<L> {
    return this.#own(new Histogram(name, help, labelNames, bounds));
  }

  /** Adds one whose values are made when it is scraped. */
  add(metric: Exposed): void {
    this.registry.registerMetric(metric as never);
  }

  /** Removes the series of a model version from every metric that has both labels. */
  removeVersion({ model, version }: VersionLabels): void {
    for (const metric of this.#byVersion) metric.remove({ model, version });
  }

  #own<M extends Removable>(metric: M): M {
    if (['model', 'version'].every((label) => metric.labelNames.includes(label)))
      this.#byVersion.push(metric);
    this.add(metric);
    return metric;
  }
}
