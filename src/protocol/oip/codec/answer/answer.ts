/**
 * The body of an inference answer: a JSON text with the outputs in it, or followed by those that are asked for in binary. Of
 * `parameters` an output has binary_data_size alone: a client in C++ takes any other for it.
 */
import { isUtf8 } from 'node:buffer';
import { ServingError } from '../../../../errors.ts';
import { elementsOfBytes } from '../../../../tensor/strings.ts';
import { elementsIn, elementsOf, type Tensor, type TensorView } from '../../../../tensor/tensor.ts';
import { SLICE_ELEMENTS, type Sliced } from '../../../../slices.ts';
import { HEADER_LENGTH } from '../framing.ts';

/** A tensor of the answer, and its form. */
export interface AnswerOutput {
  readonly tensor: Tensor;
  readonly binary: boolean;
}

export interface AnswerHead {
  readonly id: string | undefined;
  readonly model: { readonly name: string; readonly version: string };
}

export interface EncodedAnswer {
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers: readonly (readonly [string, string])[];
}

/** Most values of a JSON answer: writing more takes the thread that serves everyone more than 50 ms, in slices. */
const MAX_VALUES = 250_000;

/** @throws ServingError BAD_SHAPE for more values than are written as JSON */
export function requireWritable(values: number): void {
  if (values <= MAX_VALUES) return;
  const message = `The answer would have ${values} values in JSON, and ${MAX_VALUES} at most are written: ask for it in binary, with binary_data_output: true.`;
  throw new ServingError('BAD_SHAPE', message, { pointer: '/outputs' });
}

/** @throws ServingError BAD_SHAPE for too many values in JSON, NOT_FINITE for NaN and infinities in JSON, BAD_FIELD for bytes in JSON that are no text */
export function* encodeAnswer(
  { id, model }: AnswerHead,
  outputs: readonly AnswerOutput[],
): Sliced<EncodedAnswer> {
  const inJson = outputs.filter((output) => !output.binary);
  requireWritable(inJson.reduce((sum, { tensor }) => sum + elementsOf(tensor.shape), 0));
  const head = JSON.stringify({ id, model_name: model.name, model_version: model.version }).slice(0, -1);
  const texts: string[] = [];
  for (const { tensor, binary } of outputs) {
    const pieces: string[] = [];
    const elements = binary ? [] : elementsFor(tensor);
    for (let from = 0; from < elements.length; from += SLICE_ELEMENTS) {
      if (from > 0) yield;
      pieces.push(elementsText(tensor, elements, from));
    }
    texts.push(outputText(tensor, binary, pieces));
  }
  const text = `${head},"outputs":[${texts.join(',')}]}`;
  const binary = outputs.filter((output) => output.binary).map(({ tensor }) => tensor.data);
  if (binary.length === 0) return { contentType: 'application/json', body: text, headers: [] };
  const json = Buffer.from(text);
  return {
    contentType: 'application/octet-stream',
    body: Buffer.concat([json, ...binary]),
    headers: [[HEADER_LENGTH, String(json.length)]],
  };
}

function outputText(
  { name, datatype, shape, data }: Tensor,
  binary: boolean,
  pieces: readonly string[],
): string {
  const facts = JSON.stringify({ name, datatype, shape }).slice(0, -1);
  return binary
    ? `${facts},"parameters":{"binary_data_size":${data.byteLength}}}`
    : `${facts},"data":[${pieces.join(',')}]}`;
}

type Elements = readonly string[] | TensorView;

const elementsFor = (tensor: Tensor): Elements =>
  tensor.datatype === 'BYTES' ? textsOf(tensor) : elementsIn(tensor.datatype, tensor.data);

/** A slice of them, without the brackets of a list. */
function elementsText({ name, datatype }: Tensor, elements: Elements, from: number): string {
  const some = elements.length <= SLICE_ELEMENTS ? elements : elements.slice(from, from + SLICE_ELEMENTS);
  // JSON.stringify refuses bigints, and join writes them as they are.
  if (some instanceof BigInt64Array || some instanceof BigUint64Array) return some.join(',');
  if (some instanceof Float32Array || some instanceof Float64Array) requireFinite(name, some, from);
  const list =
    datatype === 'BOOL'
      ? Array.from(some as Uint8Array, (value) => value !== 0)
      : Array.from(some as ArrayLike<number | string>);
  return JSON.stringify(list).slice(1, -1);
}

function requireFinite(name: string, view: Float32Array | Float64Array, from: number): void {
  for (let index = 0; index < view.length; index++) {
    if (Number.isFinite(view[index])) continue;
    const message = `Element ${from + index} of the output ${name} is ${view[index]}, which JSON does not have: ask for the output in binary, with binary_data: true.`;
    throw new ServingError('NOT_FINITE', message);
  }
}

function textsOf({ name, data }: Tensor): string[] {
  return elementsOfBytes(data).map((element) => {
    if (isUtf8(element)) return Buffer.from(element.buffer, element.byteOffset, element.length).toString();
    const message = `The output ${name} has bytes that are no text: ask for it in binary, with binary_data: true.`;
    throw new ServingError('BAD_FIELD', message, { pointer: '/outputs' });
  });
}
