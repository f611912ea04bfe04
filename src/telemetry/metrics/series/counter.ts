/** A number that only grows, for each set of labels. An update of a kept series is one addition. */
import { Metric, type Series } from './metric.ts';
import type { Labels, Sample } from './table.ts';

export class CounterSeries implements Series {
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

  samples(): Sample[] {
    return [{ labels: this.labels, value: this.#value }];
  }
}

export class Counter<L extends string> extends Metric<L, CounterSeries> {
  readonly type = 'counter';

  constructor(name: string, help: string, labelNames: readonly L[]) {
    super(name, help, labelNames, (labels) => new CounterSeries(labels));
  }

  inc(by?: number): void;
  inc(labels: Labels<L>, by?: number): void;
  inc(first: Labels<L> | number = 1, by = 1): void {
    if (typeof first === 'number') this.of({} as Labels<L>).inc(first);
    else this.of(first).inc(by);
  }
}
