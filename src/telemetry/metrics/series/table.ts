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

/** A series, or by the values of the next label the series that have this one. */
type Branch<Series> = Series | Map<string, Branch<Series>>;

/** Makes each series at its first use. A metric without labels has one, from the start. */
export class SeriesTable<L extends string, Series extends { readonly labels: Labels<string> }> {
  readonly #labelNames: readonly L[];
  readonly #make: (labels: Labels<L>) => Series;
  /** Label by label: a key of all of them would be a new text at each update. */
  readonly #root = new Map<string, Branch<Series>>();
  /** In the order in which they were made. */
  readonly #all = new Set<Series>();

  constructor(labelNames: readonly L[], make: (labels: Labels<L>) => Series) {
    this.#labelNames = labelNames;
    this.#make = make;
    if (labelNames.length === 0) this.of({} as Labels<L>);
  }

  of(labels: Labels<L>): Series {
    const names = this.#labelNames;
    let level = this.#root;
    for (let at = 0; at < names.length - 1; at++) {
      const value = textOf(labels[names[at]!]);
      let next = level.get(value) as Map<string, Branch<Series>> | undefined;
      if (next === undefined) {
        next = new Map();
        level.set(value, next);
      }
      level = next;
    }
    const last = names.length === 0 ? '' : textOf(labels[names.at(-1)!]);
    return (level.get(last) as Series | undefined) ?? this.#add(labels, level, last);
  }

  /** Removes the series that have these labels, whatever their others are. A kept one is no longer exposed. */
  remove(labels: Labels<string>): void {
    const names: readonly string[] = this.#labelNames;
    if (Object.keys(labels).every((name) => names.includes(name))) this.#prune(this.#root, 0, labels);
  }

  get all(): Iterable<Series> {
    return this.#all;
  }

  #add(labels: Labels<L>, level: Map<string, Branch<Series>>, last: string): Series {
    const own = Object.fromEntries(this.#labelNames.map((name) => [name, labels[name]])) as Labels<L>;
    const series = this.#make(own);
    level.set(last, series);
    this.#all.add(series);
    return series;
  }

  /** Nothing is left of what has no series any more: versions come and go. */
  #prune(level: Map<string, Branch<Series>>, depth: number, labels: Labels<string>): void {
    const wanted = labels[this.#labelNames[depth] ?? ''];
    for (const [value, branch] of level) {
      if (wanted !== undefined && textOf(wanted) !== value) continue;
      if (branch instanceof Map) this.#prune(branch, depth + 1, labels);
      else this.#all.delete(branch);
      if (!(branch instanceof Map) || branch.size === 0) level.delete(value);
    }
  }
}

/** Numbers below a thousand or so are texts that V8 keeps. */
const textOf = (value: string | number): string => (typeof value === 'string' ? value : String(value));
