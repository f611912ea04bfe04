/** How an answer differs from that of a golden sample. Pure. */
import type { ItemResult, Output } from '../../thread/messages.ts';
import type { Tensor, TensorSpec } from '../../tensor/tensor.ts';
import type { GoldenSample, Tolerance } from './sample.ts';
import { elementsIn } from './tensor-json.ts';

/** What is wrong with the answer, as a sentence without a full stop; undefined when it is within the tolerance. */
export function differenceFrom(
  { answer, tolerance }: Pick<GoldenSample, 'answer' | 'tolerance'>,
  result: ItemResult,
  outputs: readonly Pick<TensorSpec, 'name' | 'datatype'>[],
): string | undefined {
  if (result.kind === 'failure') return `it fails: ${result.detail}`;
  if (answer.kind === 'classes') {
    return result.kind === 'classes'
      ? classDifference(answer.classes, result, tolerance)
      : 'it gives no classes';
  }
  if (result.kind !== 'outputs') return 'it gives classes, not outputs';
  for (const expected of answer.outputs) {
    const index = outputs.findIndex(({ name }) => name === expected.name);
    const actual = result.outputs[index];
    if (actual === undefined) return `the model has no output ${expected.name}`;
    const difference = tensorDifference(expected, outputs[index]!.datatype, actual, tolerance);
    if (difference !== undefined) return `output ${expected.name}${difference}`;
  }
  return undefined;
}

function classDifference(
  expected: readonly { readonly class_id: number; readonly probability: number }[],
  { classes, probabilities }: Extract<ItemResult, { kind: 'classes' }>,
  tolerance: Tolerance,
): string | undefined {
  for (const { class_id, probability } of expected) {
    const actual = probabilities[classes.indexOf(class_id)];
    if (actual === undefined) return `there is no class ${class_id}`;
    if (isWithin(actual, probability, tolerance)) continue;
    return `class ${class_id} has the probability ${short(actual)}, not ${short(probability)} ${allowed(probability, tolerance)}`;
  }
  return undefined;
}

function tensorDifference(
  expected: Tensor,
  datatype: Tensor['datatype'],
  { shape, data }: Output,
  forFloats: Tolerance,
): string | undefined {
  const tolerance = datatype.startsWith('FP') ? forFloats : EXACT;
  if (datatype !== expected.datatype) return ` is ${datatype}, not ${expected.datatype}`;
  if (shape.join() !== expected.shape.join()) {
    return ` has the shape [${shape.join(', ')}], not [${expected.shape.join(', ')}]`;
  }
  const wanted = elementsIn(expected);
  const found = elementsIn({ datatype, data });
  let first = -1;
  let count = 0;
  for (let index = 0; index < wanted.length; index++) {
    if (isWithin(found[index]!, wanted[index]!, tolerance)) continue;
    if (first < 0) first = index;
    count++;
  }
  if (first < 0) return undefined;
  const others = count === 1 ? '' : `; ${count} of ${wanted.length} elements differ`;
  return `[${placeOf(first, shape)}] is ${short(found[first]!)}, not ${short(wanted[first]!)} ${allowed(wanted[first]!, tolerance)}${others}`;
}

type Element = number | bigint | string;

/** NaN is within no tolerance. */
function isWithin(actual: Element, expected: Element, { absolute, relative }: Tolerance): boolean {
  if (actual === expected) return true;
  if (typeof actual !== 'number' || typeof expected !== 'number') return false;
  return Math.abs(actual - expected) <= absolute + relative * Math.abs(expected);
}

/** Integers, booleans and texts have to be equal: a class 5003 is not nearly a class 5000. */
const EXACT: Tolerance = { absolute: 0, relative: 0 };

function allowed(expected: Element, { absolute, relative }: Tolerance): string {
  const margin = typeof expected === 'number' ? absolute + relative * Math.abs(expected) : 0;
  return margin === 0 ? '(exactly)' : `(± ${short(margin)})`;
}

const short = (value: Element): string =>
  typeof value === 'number'
    ? String(Number(value.toPrecision(6)))
    : typeof value === 'string'
      ? JSON.stringify(value)
      : String(value);

/** Indexes along the axes. */
function placeOf(index: number, shape: readonly number[]): string {
  const places: number[] = [];
  let rest = index;
  for (const length of shape.toReversed()) {
    places.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return places.join(', ');
}
