/**
 * The body of an inference answer: a JSON text with the outputs in it, or followed by those that are asked for in binary. Of
 * `parameters` an output has binary_data_size alone: a client in C++ takes any other for it.
 */
import { isUtf8 } from 'node:buffer';
import { ServingError } from '../../../../errors.ts';
import { elementsOfBytes } from '../../../../tensor/strings.ts';
import { elementsIn, elementsOf, type Tensor } from '../../../../tensor/tensor.ts';
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

/** Most values of a JSON answer: writing more blocks the thread that serves everyone for about 50 ms. */
const MAX_VALUES = 250_000;

/** @throws ServingError BAD_SHAPE for more values than are written as JSON */
export function requireWritable(values: number): void {
  if (values <= MAX_VALUES) return;
  const message = `The answer would have ${values} values in JSON, and ${MAX_VALUES} at most are written: ask for it in binary, with binary_data_output: true.`;
  throw new ServingError('BAD_SHAPE', message, { pointer: '/outputs' });
}

/** @throws ServingError BAD_SHAPE for too many values in JSON, NOT_FINITE for NaN and infinities in JSON, BAD_FIELD for bytes in JSON that are no text */
export function encodeAnswer({ id, model }: AnswerHead, outputs: readonly AnswerOutput[]): EncodedAnswer {
  const inJson = outputs.filter((output) => !output.binary);
  requireWritable(inJson.reduce((sum, { tensor }) => sum + elementsOf(tensor.shape), 0));
  const head = JSON.stringify({ id, model_name: model.name, model_version: model.version }).slice(0, -1);
  const text = `${head},"outputs":[${outputs.map(outputText).join(',')}]}`;
  const binary = outputs.filter((output) => output.binary).map(({ tensor }) => tensor.data);
  if (binary.length === 0) return { contentType: 'application/json', body: text, headers: [] };
  const json = Buffer.from(text);
  return {
    contentType: 'application/octet-stream',
    body: Buffer.concat([json, ...binary]),
    headers: [[HEADER_LENGTH, String(json.length)]],
  };
}

function outputText({ tensor, binary }: AnswerOutput): string {
  const { name, datatype, shape, data } = tensor;
  const facts = JSON.stringify({ name, datatype, shape }).slice(0, -1);
  return binary
    ? `${facts},"parameters":{"binary_data_size":${data.byteLength}}}`
    : `${facts},"data":${elementsText(tensor)}}`;
}

/** A flat list. */
function elementsText(tensor: Tensor): string {
  if (tensor.datatype === 'BYTES') return JSON.stringify(textsOf(tensor));
  const view = elementsIn(tensor.datatype, tensor.data);
  // JSON.stringify refuses bigints, and join writes them as they are.
  if (view instanceof BigInt64Array || view instanceof BigUint64Array) return `[${view.join(',')}]`;
  if (tensor.datatype === 'BOOL') return JSON.stringify(Array.from(view, (value) => value !== 0));
  if (view instanceof Float32Array || view instanceof Float64Array) requireFinite(tensor.name, view);
  return JSON.stringify(Array.from(view));
}

function requireFinite(name: string, view: Float32Array | Float64Array): void {
  for (let index = 0; index < view.length; index++) {
    if (Number.isFinite(view[index])) continue;
    const message = `Element ${index} of the output ${name} is ${view[index]}, which JSON does not have: ask for the output in binary, with binary_data: true.`;
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
