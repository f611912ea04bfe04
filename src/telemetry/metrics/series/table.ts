/**
 * The series of one metric by the values of its labels, and the interface that prom-client's registry wants of a metric.
 * A series that is set often is looked up once and kept: prom-client's own metrics build its key at every update.
 */

export type Labels<L extends string> = Readonly<Record<L, string | number>>;

/** One line of an exposition. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Name of the line, where that is not the metric's own. */
  readonly metricName?: string;
  readonly exemplar?: Exemplar | undefined;
}

/** The trace of one request that was counted; written in OpenMetrics only. */
export interface Exemplar {
  readonly labelSet: { readonly trace_id: string };
  readonly value: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** A metric as prom-client's registry takes it. */
export interface Exposed {
  readonly name: string;
  readonly help: string;
  /** `unknown`: OpenMetrics' type for a number without rules. */
  readonly type: 'counter' | 'gauge' | 'histogram' | 'unknown';
  readonly labelNames: readonly string[];
  get(): Promise<Exposition>;
}

export interface Exposition {
  readonly name: string;
  readonly help: string;
  readonly type: Exposed['type'];
  readonly values: Sample[];
}

/** Makes each series at its first use. A metric without labels has one, from the start. */
export class SeriesTable<L extends string, Series extends { readonly labels: Labels<string> }> {
  readonly #labelNames: readonly L[];
  readonly #make: (labels: Labels<L>) => Series;
  readonly #byKey = new Map<string, Series>();

  constructor(labelNames: readonly L[], make: (labels: Labels<L>) => Series) {
    this.#labelNames = labelNames;
    this.#make = make;
    if (labelNames.length === 0) this.of({} as Labels<L>);
  }

  of(labels: Labels<L>): Series {
    let key = '';
    // No name of a model or a route has this character in it.
    for (const name of this.#labelNames) key += `${labels[name]}\u0000`;
    let series = this.#byKey.get(key);
    if (series === undefined) {
      series = this.#make(
        Object.fromEntries(this.#labelNames.map((name) => [name, labels[name]])) as Labels<L>,
      );
      this.#byKey.set(key, series);
    }
    return series;
  }

  /** Removes the series that have these labels, whatever their others are. A kept one is no longer exposed. */
  remove(labels: Labels<string>): void {
    const wanted = Object.entries(labels);
    for (const [key, series] of this.#byKey) {
      const has = series.labels;
      if (wanted.every(([name, value]) => String(has[name]) === String(value))) this.#byKey.delete(key);
    }
  }

  get all(): Iterable<Series> {
    return this.#byKey.values();
  }
}
