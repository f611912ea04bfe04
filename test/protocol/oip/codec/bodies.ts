/** Bodies of requests, and a model for them. */
import { decodeInfer, type InferRequest } from '../../../../src/protocol/oip/codec/request/request.ts';
import type { TensorSpec } from '../../../../src/tensor/tensor.ts';

export const spec = (name: string, datatype: TensorSpec['datatype'], ...shape: number[]): TensorSpec => ({
  name,
  datatype,
  shape,
});

/** Inputs x and text, outputs y (numbers), half and words. */
export const MODEL = {
  inputs: [spec('x', 'FP32', -1, 2), spec('text', 'BYTES', -1)],
  outputs: [spec('y', 'FP32', -1, 3), spec('words', 'BYTES', -1)],
};

/** An input of four floats, with other members. */
export const input = (changed: object = {}): object => ({
  name: 'x',
  datatype: 'FP32',
  shape: [2, 2],
  data: [1, 2, 3, 4],
  ...changed,
});

/** A body of JSON alone. */
export const decode = (body: unknown, model = MODEL): InferRequest =>
  decodeInfer(Buffer.from(JSON.stringify(body)), '', model);

/** A body of JSON and bytes behind it, with the header that says so. */
export function decodeBinary(body: unknown, bytes: Uint8Array, model = MODEL): InferRequest {
  const json = Buffer.from(JSON.stringify(body));
  return decodeInfer(Buffer.concat([json, bytes]), String(json.length), model);
}

export const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

/** The numbers of FP32 data. */
export const numbersOf = (data: Uint8Array): number[] => [...new Float32Array(new Uint8Array(data).buffer)];
