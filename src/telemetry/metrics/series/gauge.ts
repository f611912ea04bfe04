/** A number that goes up and down, for each set of labels. */
import { SeriesTable, type Exposed, type Exposition, type Labels } from './table.ts';

export class GaugeSeries {
  readonly labels: Labels<string>;
  value = 0;

  constructor(labels: Labels<string>) {
    this.labels = labels;
  }
}

export class Gauge<L extends string> implements Exposed {
  readonly type = 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly #series: SeriesTable<L, GaugeSeries>;

  constructor(name: string, help: string, labelNames: readonly L[]) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.#series = new SeriesTable(labelNames, (labels) => new GaugeSeries(labels));
  }

  set(value: number): void;
  set(labels: Labels<L>, value: number): void;
  set(first: Labels<L> | number, value = 0): void {
    if (typeof first === 'number') this.#series.of({} as Labels<L>).value = first;
    else this.#series.of(first).value = value;
  }

  inc(labels: Labels<L>): void {
    this.#series.of(labels).value++;
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
