/**
 * Tensors: a data type, a shape, and elements as raw little-endian bytes in row-major order. Data types have the names of
 * the Open Inference Protocol.
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
  FP16: { bytes: 2, view: Uint16Array, onnx: 'float16' },
  FP32: { bytes: 4, view: Float32Array, onnx: 'float32' },
  FP64: { bytes: 8, view: Float64Array, onnx: 'float64' },
  // Elements of any length: each has its length before it. There is no view of them; see strings.ts.
  BYTES: { bytes: 0, view: Uint8Array, onnx: 'string' },
} as const;

export type Datatype = keyof typeof DATATYPES;
export const DATATYPE_NAMES = Object.keys(DATATYPES) as Datatype[];

/** onnxruntime's name of a data type. */
export type OnnxType = (typeof DATATYPES)[Datatype]['onnx'];

/** A typed view of tensor data; 64-bit integers are bigints, FP16 are its bits. */
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
  /** As the model declares it, with the batch axis where there is one. -1: a length that may differ between requests. */
  readonly shape: readonly number[];
}

/** The part of one row in an input or output whose first axis is the batch: `shape` is without it, and all its lengths are known. */
export type RowSpec = TensorSpec;

/** A tensor of a request or an answer. */
export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /**
   * The elements, little-endian, row-major. BOOL: one byte, 0 or 1. BYTES: each element with its length before it (4 bytes,
   * little-endian).
   */
  readonly data: Uint8Array;
}

export const onnxTypeOf = (datatype: Datatype): OnnxType => DATATYPES[datatype].onnx;

/** Converts onnxruntime's name of a data type; undefined for one that is not served. */
export const datatypeOf = (onnx: string): Datatype | undefined =>
  DATATYPE_NAMES.find((name) => DATATYPES[name].onnx === onnx);

/** Bytes of an element; 0 for BYTES, whose elements have any length. */
export const elementBytes = (datatype: Datatype): number => DATATYPES[datatype].bytes;

/** Number of elements of a shape without -1. */
export const elementsOf = (shape: readonly number[]): number =>
  shape.reduce((product, length) => product * length, 1);

export const elementsPerRow = (spec: RowSpec): number => elementsOf(spec.shape);

/** Not for BYTES. */
export const bytesPerRow = (spec: RowSpec): number => elementsPerRow(spec) * elementBytes(spec.datatype);

/** The row of an input or output whose first axis is the batch. */
export const rowOf = (spec: TensorSpec): RowSpec => ({ ...spec, shape: spec.shape.slice(1) });

/** Whether tensors of the shape fit the spec: the same number of axes, and equal lengths where the spec has one. */
export const fitsShape = (shape: readonly number[], spec: readonly number[]): boolean =>
  shape.length === spec.length && spec.every((length, axis) => length < 0 || length === shape[axis]);

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

/** The elements in `data`, without a copy where it is aligned for the type. Not for BYTES. */
export function elementsIn(datatype: Datatype, data: Uint8Array): TensorView {
  const size = elementBytes(datatype);
  const { buffer, byteOffset, byteLength } = data.byteOffset % size === 0 ? data : new Uint8Array(data);
  return viewOf(datatype, buffer, byteOffset, byteLength / size);
}

/** Returns a new array of `count` zeros. */
export const allocate = (datatype: Datatype, count: number): TensorView =>
  viewOf(datatype, new ArrayBuffer(count * elementBytes(datatype)), 0, count);
