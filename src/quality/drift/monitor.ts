/**
 * Watches a version: counts the features of its rows into fixed cells, and compares each whole window with the reference.
 * Constant memory; a row costs a binary search for each feature.
 */
import type { Reference } from '../../repository/drift/schema.ts';
import { ClassFeature, NumberFeature, type Verdict } from './feature.ts';
import type { Observer } from './observe/observer.ts';
import { thresholdsOf, type Threshold } from './null/thresholds.ts';

/** By feature, in the order of the reference: numbers first. One threshold for each statistic. */
export type Thresholds = readonly (readonly Threshold[])[];

export class Monitor {
  readonly reference: Reference;
  readonly numbers: readonly NumberFeature[];
  readonly classes: readonly ClassFeature[];
  readonly #thresholds: Thresholds;
  /** Where in a row of the observer each feature is. */
  readonly #numbersAt: readonly number[];
  readonly #classesAt: readonly number[];
  /** Rows of the window that fills. */
  seen = 0;
  /** Whole windows. */
  windows = 0;
  /** Windows in which a statistic was beyond its threshold. */
  alarms = 0;

  /** @throws Error when the observer does not see a feature of the reference */
  constructor(reference: Reference, thresholds: Thresholds, observer: Pick<Observer, 'numbers' | 'classes'>) {
    this.reference = reference;
    this.#thresholds = thresholds;
    this.numbers = reference.numbers.map((one) => new NumberFeature(one));
    this.classes = reference.classes.map((one) => new ClassFeature(one));
    this.#numbersAt = this.numbers.map(({ name }) => placeOf(name, observer.numbers));
    this.#classesAt = this.classes.map(({ name }) => placeOf(name, observer.classes));
  }

  /** Counts a row. Returns the verdicts where it makes the window whole. */
  add(numbers: Float64Array, classes: readonly string[]): readonly Verdict[] | undefined {
    for (let index = 0; index < this.numbers.length; index++) {
      this.numbers[index]!.add(numbers[this.#numbersAt[index]!]!);
    }
    for (let index = 0; index < this.classes.length; index++) {
      this.classes[index]!.add(classes[this.#classesAt[index]!]!);
    }
    if (++this.seen < this.reference.window) return undefined;
    this.seen = 0;
    this.windows++;
    const verdicts = this.features.flatMap((feature, at) => feature.judge(this.#thresholds[at]!));
    if (verdicts.some(({ beyond }) => beyond)) this.alarms++;
    return verdicts;
  }

  get features(): readonly (NumberFeature | ClassFeature)[] {
    return [...this.numbers, ...this.classes];
  }
}

function placeOf(name: string, names: readonly string[]): number {
  const place = names.indexOf(name);
  if (place >= 0) return place;
  throw new Error(`it watches ${name}, which the inputs and answers of this version do not have`);
}

/** The thresholds of a reference for what it promises. Takes up to some seconds. */
export function thresholdsFor(reference: Reference): Thresholds {
  const features = [
    ...reference.numbers.map((one) => new NumberFeature(one)),
    ...reference.classes.map((one) => new ClassFeature(one)),
  ];
  const { window, falseAlarmEvery } = reference;
  const promised = {
    window,
    falseAlarmEvery,
    statistics: features.reduce((sum, { statistics }) => sum + statistics.length, 0),
  };
  // Bins of equal share have the same null, whatever the numbers are.
  const known = new Map<string, readonly Threshold[]>();
  return features.map(({ reference: counts, statistics }) => {
    const kinds = statistics.map(([, statistic]) => statistic);
    const key = `${kinds.join()} ${counts.join()}`;
    let thresholds = known.get(key);
    if (thresholds === undefined) known.set(key, (thresholds = thresholdsOf(counts, kinds, promised)));
    return thresholds;
  });
}
