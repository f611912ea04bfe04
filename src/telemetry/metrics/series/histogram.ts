/**
 * How often values fell into each bucket, for each set of labels; and as the exemplar of each bucket, the last request in
 * it with a sampled trace. Never throws: NaN is left out.
 */
import {
  SeriesTable,
  type Exemplar,
  type Exposed,
  type Exposition,
  type Labels,
  type Sample,
} from './table.ts';

export class HistogramSeries {
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

  /** Its lines, in the order of the format. */
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

export class Histogram<L extends string> implements Exposed {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly #series: SeriesTable<L, HistogramSeries>;

  /** `bounds`: upper edges of the buckets, ascending. */
  constructor(name: string, help: string, labelNames: readonly L[], bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.#series = new SeriesTable(labelNames, (labels) => new HistogramSeries(labels, bounds));
  }

  /** The series with those labels, to be kept where it is set often. */
  of(labels: Labels<L>): HistogramSeries {
    return this.#series.of(labels);
  }

  /** Removes the series that have these labels, whatever their others are. */
  remove(labels: Labels<string>): void {
    this.#series.remove(labels);
  }

  get(): Promise<Exposition> {
    const { name, help, type } = this;
    const values = [...this.#series.all].flatMap((series) => series.samples(name));
    return Promise.resolve({ name, help, type, values });
  }
}
