/**
 * Tensors: a data type, the shape of one row, and rows as raw little-endian bytes. Data types have the names of the Open
 * Inference Protocol.
 */

const DATATYPES = {
  BOOL: { bytes: 1, view: Uint8Array, onnx: 'bool' },
  UINT8: { bytes: 1, view: Uint8Array, onnx: 'uint8' },
  INT8: { bytes: 1, view: Int8Array, onnx: 'int8' },
  UINT16: { bytes: 2, view: Uint16Array, onnx: 'uint16' },
  INT16: { bytes: 2, view: Int16Array, onnx: 'int16' },
  INT32: { bytes: 4, view: Int32Array, onnx: 'int32' },
  UINT32: { bytes: 4, view: Uint32Array, onnx: 'uint32' },
  INT64: { bytes: 8, view: BigInt64Array, onnx: 'int64' },
  UINT64: { bytes: 8, view: BigUint64Array, onnx: 'uint64' },
  FP32: { bytes: 4, view: Float32Array, onnx: 'float32' },
  FP64: { bytes: 8, view: Float64Array, onnx: 'float64' },
} as const;

export type Datatype = keyof typeof DATATYPES;
export const DATATYPE_NAMES = Object.keys(DATATYPES) as Datatype[];

/** onnxruntime's name of a data type. */
export type OnnxType = (typeof DATATYPES)[Datatype]['onnx'];

/** A typed view of tensor data; 64-bit integers are bigints. */
export type TensorView =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** One named input or output of a model. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  /** Shape of one row, without the batch dimension. */
  readonly shape: readonly number[];
}

export const onnxTypeOf = (datatype: Datatype): OnnxType => DATATYPES[datatype].onnx;

/** Converts onnxruntime's name of a data type; undefined for one that is not served (string, float16). */
export const datatypeOf = (onnx: string): Datatype | undefined =>
  DATATYPE_NAMES.find((name) => name !== 'BOOL' && DATATYPES[name].onnx === onnx) ??
  (onnx === 'bool' ? 'BOOL' : undefined);

export const elementBytes = (datatype: Datatype): number => DATATYPES[datatype].bytes;

export const elementsPerRow = (spec: TensorSpec): number =>
  spec.shape.reduce((product, side) => product * side, 1);

export const bytesPerRow = (spec: TensorSpec): number => elementsPerRow(spec) * elementBytes(spec.datatype);

/**
 * Returns a view of `count` elements over `buffer` from `byteOffset`, without a copy.
 * @throws RangeError when byteOffset is not a multiple of the element size
 */
export function viewOf(
  datatype: Datatype,
  buffer: ArrayBufferLike,
  byteOffset: number,
  count: number,
): TensorView {
  return new DATATYPES[datatype].view(buffer as ArrayBuffer, byteOffset, count);
}

/** Returns a new array of `count` zeros. */
export const allocate = (datatype: Datatype, count: number): TensorView =>
  viewOf(datatype, new ArrayBuffer(count * elementBytes(datatype)), 0, count);
