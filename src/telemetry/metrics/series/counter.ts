/** A number that only grows, for each set of labels. An update of a kept series is one addition. */
import { SeriesTable, type Exposed, type Exposition, type Labels } from './table.ts';

export class CounterSeries {
  readonly labels: Labels<string>;
  #value = 0;

  constructor(labels: Labels<string>) {
    this.labels = labels;
  }

  get value(): number {
    return this.#value;
  }

  inc(by = 1): void {
    this.#value += by;
  }

  /** For a count that is kept elsewhere: takes its value, and never decreases. */
  raiseTo(value: number): void {
    this.#value = Math.max(this.#value, value);
  }
}

export class Counter<L extends string> implements Exposed {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly #series: SeriesTable<L, CounterSeries>;

  constructor(name: string, help: string, labelNames: readonly L[]) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.#series = new SeriesTable(labelNames, (labels) => new CounterSeries(labels));
  }

  /** The series with those labels, to be kept where it is set often. */
  of(labels: Labels<L>): CounterSeries {
    return this.#series.of(labels);
  }

  inc(by?: number): void;
  inc(labels: Labels<L>, by?: number): void;
  inc(first: Labels<L> | number = 1, by = 1): void {
    if (typeof first === 'number') this.#series.of({} as Labels<L>).inc(first);
    else this.#series.of(first).inc(by);
  }

  /** Removes the series that have these labels, whatever their others are. */
  remove(labels: Labels<string>): void {
    this.#series.remove(labels);
  }

  get(): Promise<Exposition> {
    const { name, help, type } = this;
    const values = [...this.#series.all].map(({ labels, value }) => ({ labels, value }));
    return Promise.resolve({ name, help, type, values });
  }
}
