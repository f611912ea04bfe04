/** What counters, gauges and histograms share: a name, a help text, and one series for each set of labels. */
import { SeriesTable, type Exposed, type Exposition, type Labels, type Sample } from './table.ts';

/** The state of a metric for one set of labels. */
export interface Series {
  readonly labels: Labels<string>;
  /** Its lines, in the order of the format. `name`: of the metric. */
  samples(name: string): Sample[];
}

export abstract class Metric<L extends string, S extends Series> implements Exposed {
  abstract readonly type: Exposed['type'];
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly #series: SeriesTable<L, S>;

  /** `make` returns a new series for these labels. */
  constructor(name: string, help: string, labelNames: readonly L[], make: (labels: Labels<L>) => S) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.#series = new SeriesTable(labelNames, make);
  }

  /** The series with those labels, to be kept where it is set often. */
  of(labels: Labels<L>): S {
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
