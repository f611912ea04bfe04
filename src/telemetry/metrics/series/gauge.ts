/** A number that goes up and down, for each set of labels. */
import { Metric, type Series } from './metric.ts';
import type { Labels, Sample } from './table.ts';

export class GaugeSeries implements Series {
  readonly labels: Labels<string>;
  value = 0;

  constructor(labels: Labels<string>) {
    this.labels = labels;
  }

  samples(): Sample[] {
    return [{ labels: this.labels, value: this.value }];
  }
}

export class Gauge<L extends string> extends Metric<L, GaugeSeries> {
  readonly type = 'gauge';

  constructor(name: string, help: string, labelNames: readonly L[]) {
    super(name, help, labelNames, (labels) => new GaugeSeries(labels));
  }

  set(value: number): void;
  set(labels: Labels<L>, value: number): void;
  set(first: Labels<L> | number, value = 0): void {
    if (typeof first === 'number') this.of({} as Labels<L>).value = first;
    else this.of(first).value = value;
  }

  inc(labels: Labels<L>): void {
    this.of(labels).value++;
  }
}
