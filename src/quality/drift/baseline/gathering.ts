/** Gathers rows for a reference, and makes it of them. Memory is bounded: beyond a limit the rows are a random sample. */
import { MAX_ROWS, MIN_ROWS, TOP_CLASSES, type Reference } from '../../../repository/drift/schema.ts';
import { binsOf } from '../bins.ts';
import type { Observer } from '../observe/observer.ts';
import { seeded } from '../null/random.ts';

/** Rows by feature, as they cross threads. */
export interface Gathered {
  readonly numbers: readonly { readonly feature: string; readonly values: Float64Array }[];
  readonly classes: readonly { readonly feature: string; readonly values: readonly string[] }[];
  readonly rows: number;
}

export class Gathering {
  readonly #names: Pick<Observer, 'numbers' | 'classes'>;
  readonly #numbers: readonly Float64Array[];
  readonly #classes: readonly string[][];
  readonly #room: number;
  readonly #random = seeded(1);
  /** Rows that were offered. */
  seen = 0;

  /** `rows`: as many as will come at least, up to the limit. */
  constructor(names: Pick<Observer, 'numbers' | 'classes'>, rows = MAX_ROWS) {
    this.#names = names;
    this.#room = Math.min(rows, MAX_ROWS);
    this.#numbers = names.numbers.map(() => new Float64Array(this.#room));
    this.#classes = names.classes.map(() => []);
  }

  /** Reservoir sampling: each of the rows so far is kept with the same probability. */
  add(numbers: Float64Array, classes: readonly string[]): void {
    const place = this.seen < this.#room ? this.seen : Math.floor(this.#random() * (this.seen + 1));
    this.seen++;
    if (place >= this.#room) return;
    for (let index = 0; index < this.#numbers.length; index++) this.#numbers[index]![place] = numbers[index]!;
    for (let index = 0; index < this.#classes.length; index++) this.#classes[index]![place] = classes[index]!;
  }

  get gathered(): Gathered {
    const rows = Math.min(this.seen, this.#room);
    return {
      numbers: this.#names.numbers.map((feature, at) => ({
        feature,
        values: this.#numbers[at]!.slice(0, rows),
      })),
      classes: this.#names.classes.map((feature, at) => ({ feature, values: this.#classes[at]! })),
      rows,
    };
  }
}

/** Why so many rows are too few, as a sentence; undefined when they are enough. */
export const tooFew = (rows: number, of: string): string | undefined =>
  rows >= MIN_ROWS
    ? undefined
    : `A reference needs ${MIN_ROWS} ${of} at least, and there are ${rows}: fewer say too little of what is normal.`;

/** All of a reference but its features. */
export type Head = Omit<Reference, 'format' | 'rows' | 'numbers' | 'classes'>;

/** @throws Error for too few rows, which tooFew() tells before */
export function referenceOf({ numbers, classes, rows }: Gathered, head: Head): Reference {
  const fault = tooFew(rows, 'rows');
  if (fault !== undefined) throw new Error(fault);
  return {
    format: 'ortolan-drift-1',
    ...head,
    rows,
    numbers: numbers.map(({ feature, values }) => {
      const { edges, counts } = binsOf(values.slice());
      const all = Array.from(counts);
      return { feature, edges: Array.from(edges), missing: all.pop()!, counts: all };
    }),
    classes: classes.map(({ feature, values }) => ({ feature, ...topOf(values) })),
  };
}

/** The most frequent values, and how many rows have others. Of equal ones the smaller name is first. */
function topOf(values: readonly string[]): { values: string[]; counts: number[]; other: number } {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const all = [...counts].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  const top = all.slice(0, TOP_CLASSES);
  return {
    values: top.map(([value]) => value),
    counts: top.map(([, count]) => count),
    other: values.length - top.reduce((sum, [, count]) => sum + count, 0),
  };
}
