/**
 * One feature of a version against its reference: counts of the window that fills, of all windows, and the last verdict.
 * The memory is that of its cells, whatever the traffic.
 */
import type { Reference } from '../../repository/drift/schema.ts';
import { binOf } from './bins.ts';
import { psi, STATISTICS, type Statistic } from './null/statistics.ts';
import type { Threshold } from './null/thresholds.ts';

/** A statistic that may alarm, by the name that it has in metrics. */
export interface Watched {
  readonly name: string;
  readonly statistic: Statistic;
  readonly threshold: Threshold;
}

/** Of one statistic over one whole window. */
export interface Verdict extends Watched {
  readonly value: number;
  readonly psi: number;
  readonly beyond: boolean;
}

/** What a value is counted under, beside the cells. */
interface Cells {
  /** Of the reference; for numbers the last is what was no number, for classes all others. */
  readonly reference: Float64Array;
  /** The statistics, of which there is one at least. */
  readonly statistics: readonly (readonly [name: string, statistic: Statistic])[];
}

abstract class Feature {
  readonly name: string;
  readonly reference: Float64Array;
  readonly statistics: Cells['statistics'];
  /** Of the window that fills. */
  readonly window: Uint32Array;
  /** Of everything since the reference is in use. */
  readonly total: Float64Array;
  /** Of the last whole window; undefined before the first. */
  last: Uint32Array | undefined;
  verdicts: readonly Verdict[] = [];

  constructor(name: string, { reference, statistics }: Cells) {
    this.name = name;
    this.reference = reference;
    this.statistics = statistics;
    this.window = new Uint32Array(reference.length);
    this.total = new Float64Array(reference.length);
  }

  protected count(cell: number): void {
    this.window[cell]!++;
    this.total[cell]!++;
  }

  /** Compares the window, which is whole, and begins the next. `thresholds`: in the order of the statistics. */
  judge(thresholds: readonly Threshold[]): readonly Verdict[] {
    const { reference, window } = this;
    const index = psi(reference, window);
    this.verdicts = this.statistics.map(([name, statistic], at) => {
      const value = STATISTICS[statistic](reference, window);
      const threshold = thresholds[at]!;
      return { name, statistic, threshold, value, psi: index, beyond: value > threshold.value };
    });
    this.last = window.slice();
    window.fill(0);
    return this.verdicts;
  }
}

export class NumberFeature extends Feature {
  readonly kind = 'number';
  readonly edges: Float64Array;

  constructor({ feature, edges, counts, missing }: Reference['numbers'][number]) {
    super(feature, { reference: Float64Array.from([...counts, missing]), statistics: [[feature, 'ks']] });
    this.edges = Float64Array.from(edges);
  }

  add(value: number): void {
    this.count(binOf(this.edges, value));
  }
}

/** Suffix of the second statistic of the predicted class. */
const SHARE = '_share';

export class ClassFeature extends Feature {
  readonly kind = 'class';
  readonly values: readonly string[];
  readonly #cells: ReadonlyMap<string, number>;

  constructor({ feature, values, counts, other }: Reference['classes'][number]) {
    super(feature, {
      reference: Float64Array.from([...counts, other]),
      // A sum over many classes may hide that one has taken the place of another.
      statistics:
        feature === 'class'
          ? [
              [feature, 'chi_square'],
              [feature + SHARE, 'l_infinity'],
            ]
          : [[feature, 'chi_square']],
    });
    this.values = values;
    this.#cells = new Map(values.map((value, cell) => [value, cell]));
  }

  add(value: string): void {
    this.count(this.#cells.get(value) ?? this.values.length);
  }
}
