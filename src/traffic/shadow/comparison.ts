/** Compares what two versions said about the same input. Pure. */
import type { ItemResult, Output } from '../../thread/messages.ts';
import { elementsIn, type Datatype, type TensorSpec, type TensorView } from '../../tensor/tensor.ts';

/** One image, or the rows of one request. */
export interface Compared {
  /** Whether the most probable class is the same, or what takes its place in a model of tensors. */
  readonly agrees: boolean;
  /** Largest difference of a probability, or of an element of the first output. */
  readonly difference: number;
}

type Result = Exclude<ItemResult, { kind: 'failure' }>;

/** Elements of an output that are compared: more would keep the main thread for longer than a millisecond. */
const MOST_ELEMENTS = 100_000;

/** Difference of two numbers that are taken for the same, as a share of the number and by itself. */
const CLOSE = 1e-3;

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

/**
 * The last axis is taken for the classes: the place of its largest element is what the versions agree on. Where it has one
 * element, that is a number or a label, and what they agree on.
 */
function compareElements({ shape, data }: Output, { data: there }: Output, datatype: Datatype): Compared {
  if (datatype === 'BYTES' || datatype === 'FP16') return { agrees: sameBytes(data, there), difference: 0 };
  const one = elementsIn(datatype, data).subarray(0, MOST_ELEMENTS);
  const other = elementsIn(datatype, there).subarray(0, MOST_ELEMENTS);
  const difference = largestBetween(one, other);
  const classes = shape.at(-1) ?? 1;
  if (classes <= 1) return { agrees: sameNumbers(one, other), difference };
  let agrees = true;
  for (let start = 0; agrees && start < one.length; start += classes) {
    const end = Math.min(start + classes, one.length);
    agrees = topOf(one, start, end) === topOf(other, start, end);
  }
  return { agrees, difference };
}

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** Integers have to be the same; floating point numbers differ in their last digits on another session. */
function sameNumbers(one: TensorView, other: TensorView): boolean {
  const exact = !(one instanceof Float32Array || one instanceof Float64Array);
  for (let place = 0; place < one.length; place++) {
    const [x, y] = [Number(one[place]), Number(other[place])];
    const most = exact ? 0 : CLOSE * (1 + Math.abs(x));
    if (x !== y && !(Math.abs(x - y) <= most) && !(Number.isNaN(x) && Number.isNaN(y))) return false;
  }
  return true;
}

/** The place of the largest element; of one without a number, the first place. */
function topOf(view: TensorView, start: number, end: number): number {
  let top = start;
  for (let place = start; place < end; place++) if (view[place]! > view[top]!) top = place;
  return top;
}

function largestBetween(one: TensorView, other: TensorView): number {
  let largest = 0;
  for (let place = 0; place < one.length; place++) {
    const difference = Math.abs(Number(one[place]) - Number(other[place]));
    // Infinity would be no number in JSON.
    if (difference > largest && difference < Infinity) largest = difference;
  }
  return largest;
}
