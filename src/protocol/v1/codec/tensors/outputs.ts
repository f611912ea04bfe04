/** The answer of a tensor model: nested JSON lists, the classes of each row, or the raw elements of its one output. */
import { ServingError } from '../../../../errors.ts';
import type { AnswerFacts } from '../../../../task/task.ts';
import { hasJsonForm } from '../../../../tensor/json-elements.ts';
import { textsOf } from '../../../../tensor/strings.ts';
import {
  elementsIn,
  elementsOf,
  type Datatype,
  type Tensor,
  type TensorSpec,
  type TensorView,
} from '../../../../tensor/tensor.ts';
import { SLICE_ELEMENTS, type Sliced } from '../../../../slices.ts';
import { head, tail } from '../answer.ts';

/** Maximum numbers in a JSON answer: writing more takes the main thread more than 100 ms, in slices. */
const MAX_JSON_NUMBERS = 250_000;

/** Whether the answer is to be raw bytes: the caller takes application/octet-stream, and there is one output. */
export const wantsRawRows = (accept: string | undefined, specs: readonly TensorSpec[]): boolean =>
  specs.length === 1 &&
  (accept ?? '')
    .split(',')
    .some((type) => type.split(';', 1)[0]?.trim().toLowerCase() === 'application/octet-stream');

/**
 * Refuses answers that JSON cannot carry, as far as that is known before anything is run. `rows`: the length of the first
 * axis where the signature leaves it open. @throws ServingError BAD_SHAPE
 */
export function requireJson(rows: number, outputs: readonly TensorSpec[]): void {
  const without = outputs.find(({ datatype }) => !hasJsonForm(datatype));
  if (without !== undefined) {
    const remedy =
      outputs.length === 1
        ? 'ask for it with accept: application/octet-stream'
        : 'leave it out of model.json';
    const { name, datatype } = without;
    throw new ServingError(
      'BAD_SHAPE',
      `The output ${name} is ${datatype}, which has no form in JSON: ${remedy}.`,
    );
  }
  const lengths = outputs.map(({ shape }) =>
    shape.map((length, axis) => (length >= 0 ? length : axis === 0 ? rows : 1)),
  );
  requireWritable(lengths, outputs.length);
}

function requireWritable(shapes: readonly (readonly number[])[], outputs: number): void {
  const numbers = shapes.reduce((sum, shape) => sum + elementsOf(shape), 0);
  if (numbers <= MAX_JSON_NUMBERS) return;
  const remedy = outputs === 1 ? 'ask for it with accept: application/octet-stream, or send' : 'send';
  const message = `The answer would have ${numbers} numbers, too many for JSON: ${remedy} fewer rows.`;
  throw new ServingError('BAD_SHAPE', message);
}

/**
 * `{request_id, model, outputs: {name: lists}, timings_ms, batch}`. Numbers are written so that parsing gives back
 * the same value; integers of 64 bits are numbers too, which some JSON parsers round beyond 2^53.
 * @throws ServingError NOT_FINITE for NaN and infinities, BAD_SHAPE for too many numbers
 */
export function* encodeJsonTensors(answer: AnswerFacts, outputs: readonly Tensor[]): Sliced<string> {
  requireWritable(
    outputs.map(({ shape }) => shape),
    outputs.length,
  );
  const members: string[] = [];
  for (const output of outputs) {
    const elements = elementsFor(output);
    const pieces: string[] = [];
    for (let from = 0; from < elements.length; from += SLICE_ELEMENTS) {
      if (from > 0) yield;
      pieces.push(listsText(output, elements, from, Math.min(elements.length, from + SLICE_ELEMENTS)));
    }
    members.push(`${JSON.stringify(output.name)}:${enclosed(output.shape, pieces)}`);
  }
  const front = JSON.stringify(head(answer)).slice(0, -1);
  const back = JSON.stringify(tail(answer)).slice(1);
  return `${front},"outputs":{${members.join(',')}},${back}`;
}

type Elements = readonly string[] | TensorView;

const elementsFor = ({ datatype, data }: Tensor): Elements =>
  datatype === 'BYTES' ? textsOf(data) : elementsIn(datatype, data);

/** The elements of a slice with the brackets and commas before and between them; the outermost brackets are missing. */
function listsText({ name, datatype, shape }: Tensor, elements: Elements, from: number, end: number): string {
  const innermost = shape.at(-1) ?? 1;
  let text = '';
  for (let at = from; at < end;) {
    const until = Math.min(end, at - (at % innermost) + innermost);
    if (at > 0) text += between(shape, at);
    text += textsFrom(elements, at, until, name, datatype).join(',');
    at = until;
  }
  return text;
}

/** @throws ServingError NOT_FINITE */
function textsFrom(
  elements: Elements,
  from: number,
  end: number,
  name: string,
  datatype: Datatype,
): string[] {
  const some = elements.slice(from, end);
  if (datatype === 'BYTES') return Array.from(some as string[], (text) => JSON.stringify(text));
  if (datatype === 'BOOL') return Array.from(some as Uint8Array, (value) => String(value !== 0));
  const texts = Array.from(some as Float64Array, String);
  if (some instanceof Float32Array || some instanceof Float64Array) {
    const bad = some.findIndex((value: number) => !Number.isFinite(value));
    if (bad >= 0) throw notFinite(name, texts[bad]!);
  }
  return texts;
}

const notFinite = (name: string, value: string): ServingError => {
  const message = `The output ${name} has ${value}, which JSON does not have: ask for it with accept: application/octet-stream.`;
  return new ServingError('NOT_FINITE', message);
};

/** What stands between the element before `at` and this one: lists that end there and others that begin. */
function between(shape: readonly number[], at: number): string {
  let lists = 0;
  let step = 1;
  for (let axis = shape.length - 1; axis > 0; axis--) {
    step *= shape[axis]!;
    if (at % step !== 0) break;
    lists++;
  }
  return `${']'.repeat(lists)},${'['.repeat(lists)}`;
}

/** The outermost lists around what lies in them: an element alone where there is no axis. */
function enclosed(shape: readonly number[], pieces: readonly string[]): string {
  if (pieces.length === 0 && shape.length > 0) return emptyLists(shape);
  return '['.repeat(shape.length) + pieces.join('') + ']'.repeat(shape.length);
}

const emptyLists = ([length, ...rest]: readonly number[]): string =>
  `[${Array.from({ length: length! }, () => emptyLists(rest)).join(',')}]`;
