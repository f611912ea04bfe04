/**
 * How often values fell into each bucket, for each set of labels; and as the exemplar of each bucket, the last request in
 * it with a sampled trace. Never throws: NaN is left out.
 */
import { Metric, type Series } from './metric.ts';
import type { Exemplar, Labels, Sample } from './table.ts';

export class HistogramSeries implements Series {
  readonly labels: Labels<string>;
  readonly #bounds: readonly number[];
  /** Of each bucket alone; the last is for values above all bounds. */
  readonly #counts: Float64Array;
  #sum = 0;
  #exemplars: (Exemplar | undefined)[] | undefined;

  constructor(labels: Labels<string>, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** `traceId`: of the request's trace, if that is sampled. */
  observe(value: number, traceId?: string): void {
    if (Number.isNaN(value)) return;
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sum += value;
    if (traceId === undefined) return;
    this.#exemplars ??= [];
    this.#exemplars[bucket] = { labelSet: { trace_id: traceId }, value, timestamp: Date.now() / 1000 };
  }

  samples(name: string): Sample[] {
    const samples: Sample[] = [];
    let below = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      below += count;
      samples.push({
        labels: { le: this.#bounds[bucket] ?? '+Inf', ...this.labels },
        value: below,
        metricName: `${name}_bucket`,
        exemplar: this.#exemplars?.[bucket],
      });
    }
    samples.push({ labels: this.labels, value: this.#sum, metricName: `${name}_sum` });
    samples.push({ labels: this.labels, value: below, metricName: `${name}_count` });
    return samples;
  }
}

export class Histogram<L extends string> extends Metric<L, HistogramSeries> {
  readonly type = 'histogram';

  /** `bounds`: upper edges of the buckets, ascending. */
  constructor(name: string, help: string, labelNames: readonly L[], bounds: readonly number[]) {
    super(name, help, labelNames, (labels) => new HistogramSeries(labels, bounds));
  }
}
