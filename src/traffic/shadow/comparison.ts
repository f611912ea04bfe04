/** Compares what two versions said about the same input. Pure. */
import type { ItemResult, Output } from '../../thread/messages.ts';
import { elementsIn, type Datatype, type TensorSpec, type TensorView } from '../../tensor/tensor.ts';

/** One image, or the rows of one request. */
export interface Compared {
  /** Whether the most probable class, or the largest element of each row, is the same. */
  readonly agrees: boolean;
  /** Largest difference of a probability, or of an element of the first output. */
  readonly difference: number;
}

type Result = Exclude<ItemResult, { kind: 'failure' }>;

/** Elements of an output that are compared: more would keep the main thread for longer than a millisecond. */
const MOST_ELEMENTS = 100_000;

/**
 * `output`: the first output of both versions; undefined unless they have the same. Undefined when the two results cannot
 * be compared.
 */
export function compare(live: Result, shadow: Result, output: TensorSpec | undefined): Compared | undefined {
  if (live.kind === 'classes' && shadow.kind === 'classes') return compareClasses(live, shadow);
  if (live.kind !== 'outputs' || shadow.kind !== 'outputs' || output === undefined) return undefined;
  const [a, b] = [live.outputs[0], shadow.outputs[0]];
  return a === undefined || b === undefined || a.shape.join() !== b.shape.join()
    ? undefined
    : compareElements(a, b, output.datatype);
}

interface Scores {
  readonly classes: readonly number[];
  readonly probabilities: readonly number[];
}

/**
 * A class that only one of them returned has at most the lowest probability that the other returned: the difference is at
 * least that much.
 */
function compareClasses(live: Scores, shadow: Scores): Compared {
  const difference = Math.max(largestOver(live, shadow), largestOver(shadow, live));
  return { agrees: live.classes[0] === shadow.classes[0], difference };
}

function largestOver(one: Scores, other: Scores): number {
  let largest = 0;
  for (const [place, classId] of one.classes.entries()) {
    const own = one.probabilities[place] ?? 0;
    const there = other.classes.indexOf(classId);
    const difference =
      there >= 0
        ? Math.abs(own - (other.probabilities[there] ?? 0))
        : Math.max(0, own - (other.probabilities.at(-1) ?? 0));
    largest = Math.max(largest, difference);
  }
  return largest;
}

/** The last axis is taken for the classes: the place of its largest element is what the versions agree on. */
function compareElements({ shape, data }: Output, { data: there }: Output, datatype: Datatype): Compared {
  const classes = shape.at(-1) ?? 1;
  const equal = Buffer.from(data).equals(there);
  if (datatype === 'BYTES' || datatype === 'FP16') return { agrees: equal, difference: 0 };
  const one = elementsIn(datatype, data).subarray(0, MOST_ELEMENTS);
  const other = elementsIn(datatype, there).subarray(0, MOST_ELEMENTS);
  if (classes <= 1) return { agrees: equal, difference: largestBetween(one, other) };
  const count = one.length;
  let agrees = true;
  for (let start = 0; agrees && start < count; start += classes) {
    const end = Math.min(start + classes, count);
    agrees = topOf(one, start, end) === topOf(other, start, end);
  }
  return { agrees, difference: largestBetween(one, other) };
}

function topOf(view: TensorView, start: number, end: number): number {
  let top = start;
  for (let place = start; place < end; place++) if (view[place]! > view[top]!) top = place;
  return top;
}

function largestBetween(one: TensorView, other: TensorView): number {
  let largest = 0;
  for (let place = 0; place < one.length; place++) {
    const difference = Math.abs(Number(one[place]) - Number(other[place]));
    if (difference > largest) largest = difference;
  }
  return largest;
}
