/** Tensors of onnxruntime, made of raw bytes and turned into them again. */
import * as ort from 'onnxruntime-node';
import { bytesOfTexts, textsOf } from '../src/tensor/strings.ts';
import {
  allocate,
  elementBytes,
  elementsOf,
  onnxTypeOf,
  viewOf,
  type Datatype,
  type TensorView,
} from '../src/tensor/tensor.ts';
import type { Output } from '../src/thread/messages.ts';
import type { Signature } from './signature.ts';

/** What a session is given for one input: a view of the elements, or the texts of a BYTES tensor. */
export interface Value {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TensorView | readonly string[];
}

/** A value over `bytes`, without a copy where they are aligned for the type. `bytes` must not change while it is used. */
export function valueOf(datatype: Datatype, shape: readonly number[], bytes: Uint8Array): Value {
  if (datatype === 'BYTES') return { datatype, shape, data: textsOf(bytes) };
  const aligned = bytes.byteOffset % elementBytes(datatype) === 0;
  const { buffer, byteOffset } = aligned ? bytes : new Uint8Array(bytes);
  return { datatype, shape, data: viewOf(datatype, buffer, byteOffset, elementsOf(shape)) };
}

/** A value of equal elements. */
export function filled(datatype: Datatype, shape: readonly number[], element: 0 | 1): Value {
  const count = elementsOf(shape);
  if (datatype === 'BYTES') return { datatype, shape, data: Array.from({ length: count }, () => '') };
  const data = allocate(datatype, count);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.fill(BigInt(element));
  else data.fill(element);
  return { datatype, shape, data };
}

function toOrt({ datatype, shape, data }: Value): ort.Tensor {
  const type = onnxTypeOf(datatype);
  if (type !== 'float16') return new ort.Tensor(type as 'float32', data as Float32Array, shape);
  // ort.Tensor turns the data into a Float16Array, which the native part of onnxruntime-node 1.30 takes for empty.
  return { type, dims: shape, data, size: data.length, location: 'cpu' } as unknown as ort.Tensor;
}

/** The elements of an output; those of a numeric one stay where onnxruntime has put them. */
function fromOrt({ type, dims, data }: ort.Tensor): Output {
  if (type === 'string') return { shape: dims, data: bytesOfTexts(data as unknown as string[]) };
  const { buffer, byteOffset, byteLength } = data as Float32Array<ArrayBuffer>;
  return { shape: dims, data: new Uint8Array(buffer, byteOffset, byteLength) };
}

/** Runs a model. Values and outputs are in the order of its signature. */
export type Run = (values: readonly Value[]) => Promise<readonly Output[]>;

/** Runs a session. Values and outputs are in the order of the signature. @throws Error when the run fails */
export async function runWith(
  session: ort.InferenceSession,
  { inputs, outputs }: Pick<Signature, 'inputs' | 'outputs'>,
  values: readonly Value[],
): Promise<readonly Output[]> {
  const feeds: Record<string, ort.Tensor> = {};
  for (const [index, { name }] of inputs.entries()) feeds[name] = toOrt(values[index]!);
  // Only these are fetched: others may be sequences and maps, which cannot be.
  const wanted = outputs.map(({ name }) => name);
  const results = await session.run(feeds, wanted);
  return outputs.map(({ name }) => fromOrt(results[name]!));
}
