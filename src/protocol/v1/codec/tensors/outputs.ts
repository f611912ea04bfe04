/** The answer of a tensor model: nested JSON lists, the classes of each row, or the raw elements of its one output. */
import { ServingError } from '../../../../errors.ts';
import type { AnswerFacts } from '../../../../task/task.ts';
import { hasJsonForm } from '../../../../tensor/json-elements.ts';
import { textsOf } from '../../../../tensor/strings.ts';
import { elementsIn, elementsOf, type Tensor, type TensorSpec } from '../../../../tensor/tensor.ts';
import { head, tail } from '../answer.ts';

/** Maximum numbers in a JSON answer: writing more blocks the main thread for about 100 ms. */
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
export function encodeJsonTensors(answer: AnswerFacts, outputs: readonly Tensor[]): string {
  requireWritable(
    outputs.map(({ shape }) => shape),
    outputs.length,
  );
  const members = outputs.map((output) => `${JSON.stringify(output.name)}:${jsonOf(output)}`);
  const front = JSON.stringify(head(answer)).slice(0, -1);
  const back = JSON.stringify(tail(answer)).slice(1);
  return `${front},"outputs":{${members.join(',')}},${back}`;
}

function jsonOf(output: Tensor): string {
  const texts = elementTexts(output);
  return nested(texts, output.shape, 0, texts.length);
}

/** The JSON of every element. */
function elementTexts({ name, datatype, data }: Tensor): readonly string[] {
  if (datatype === 'BYTES') return textsOf(data).map((text) => JSON.stringify(text));
  const view = elementsIn(datatype, data);
  if (datatype === 'BOOL') return Array.from(view as Uint8Array, (value) => String(value !== 0));
  const texts = Array.from(view as Float64Array, String);
  if (view instanceof Float32Array || view instanceof Float64Array) {
    const bad = view.findIndex((value: number) => !Number.isFinite(value));
    if (bad >= 0) throw notFinite(name, texts[bad]!);
  }
  return texts;
}

const notFinite = (name: string, value: string): ServingError => {
  const message = `The output ${name} has ${value}, which JSON does not have: ask for it with accept: application/octet-stream.`;
  return new ServingError('NOT_FINITE', message);
};

function nested(texts: readonly string[], shape: readonly number[], from: number, end: number): string {
  const [length, ...rest] = shape;
  if (length === undefined) return texts[from]!;
  if (rest.length === 0) return `[${texts.slice(from, end).join(',')}]`;
  const step = length === 0 ? 0 : (end - from) / length;
  const parts = Array.from({ length }, (_, i) => nested(texts, rest, from + i * step, from + (i + 1) * step));
  return `[${parts.join(',')}]`;
}
