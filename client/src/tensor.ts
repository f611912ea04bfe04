/// <reference lib="esnext.float16" preserve="true" />
/** Tensors as typed arrays, to and from the bytes of the Open Inference Protocol: little-endian, row-major. */
import { badAnswer } from './ortolan-error.ts';

interface Arrays {
  readonly FP64: Float64Array;
  readonly FP32: Float32Array;
  /** Float16Array where the platform has it; else the bits. */
  readonly FP16: Float16Array | Uint16Array;
  /** The bits: the upper half of those of an FP32. */
  readonly BF16: Uint16Array;
  readonly INT64: BigInt64Array;
  readonly INT32: Int32Array;
  readonly INT16: Int16Array;
  readonly INT8: Int8Array;
  readonly UINT64: BigUint64Array;
  readonly UINT32: Uint32Array;
  readonly UINT16: Uint16Array;
  readonly UINT8: Uint8Array;
  /** 0 or 1. */
  readonly BOOL: Uint8Array;
}

type Numeric = keyof Arrays;
export type Datatype = Numeric | 'BYTES';
type NumericArray = Arrays[Numeric] | Uint8ClampedArray;

/** A tensor in an answer: `data` is of the array type of its `datatype`. */
export type Tensor =
  | { [D in Numeric]: { datatype: D; shape: readonly number[]; data: Arrays[D] } }[Numeric]
  | {
      datatype: 'BYTES';
      shape: readonly number[];
      /** The elements as UTF-8; bytes that are none are replaced by U+FFFD. */
      data: readonly string[];
      /** The elements as they are. */
      bytes: readonly Uint8Array[];
    };

/** A tensor to send. */
export interface InputTensor {
  /** Row after row. A list is of texts or bytes (BYTES), or of booleans (BOOL). */
  readonly data: NumericArray | readonly (string | Uint8Array)[] | readonly boolean[];
  /** Default: one dimension. */
  readonly shape?: readonly number[];
  /** Needed where the array leaves it open: BOOL in a Uint8Array, FP16 or BF16 in a Uint16Array. */
  readonly datatype?: Datatype;
}

type ArrayType = {
  new (buffer: ArrayBuffer, offset?: number, length?: number): NumericArray;
  readonly BYTES_PER_ELEMENT: number;
};

const FLOAT16 = (globalThis as { Float16Array?: ArrayType }).Float16Array;

/** What an answer is read into. */
const ARRAYS: Readonly<Record<Numeric, ArrayType>> = {
  FP64: Float64Array,
  FP32: Float32Array,
  FP16: FLOAT16 ?? Uint16Array,
  BF16: Uint16Array,
  INT64: BigInt64Array,
  INT32: Int32Array,
  INT16: Int16Array,
  INT8: Int8Array,
  UINT64: BigUint64Array,
  UINT32: Uint32Array,
  UINT16: Uint16Array,
  UINT8: Uint8Array,
  BOOL: Uint8Array,
};

/** The datatypes that an array may hold, the one that it is taken for first. */
const HELD: readonly (readonly [ArrayType, ...Numeric[]])[] = [
  [Float32Array, 'FP32'],
  [Uint8Array, 'UINT8', 'BOOL'],
  [Uint8ClampedArray, 'UINT8'],
  [Int32Array, 'INT32'],
  [BigInt64Array, 'INT64'],
  [Float64Array, 'FP64'],
  [Int8Array, 'INT8'],
  [Int16Array, 'INT16'],
  [Uint16Array, 'UINT16', 'FP16', 'BF16'],
  [Uint32Array, 'UINT32'],
  [BigUint64Array, 'UINT64'],
  ...(FLOAT16 === undefined ? [] : [[FLOAT16, 'FP16'] as const]),
];

/** Typed arrays are in the byte order of the machine. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** @throws TypeError when the data is not of the datatype, or the machine is big-endian */
export function encodeTensor({ data, shape, datatype }: InputTensor): {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
} {
  const facts = { shape: shape ?? [data.length] };
  if (ArrayBuffer.isView(data)) {
    if (!LITTLE_ENDIAN) throw new TypeError('Tensors are little-endian, and this machine is not.');
    const [, ...held] = HELD.find(([type]) => data instanceof type) ?? [];
    const found = datatype === undefined ? held[0] : held.find((one) => one === datatype);
    if (found === undefined)
      throw new TypeError(`A ${data.constructor.name} holds no ${datatype ?? 'tensor'}.`);
    return {
      ...facts,
      datatype: found,
      bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  }
  const booleans = datatype === 'BOOL' || (datatype === undefined && typeof data[0] === 'boolean');
  if (booleans && data.every((one) => typeof one === 'boolean')) {
    return { ...facts, datatype: 'BOOL', bytes: Uint8Array.from(data, Number) };
  }
  if (booleans || (datatype ?? 'BYTES') !== 'BYTES')
    throw new TypeError(`Numbers are sent in a typed array.`);
  return { ...facts, datatype: 'BYTES', bytes: encodeElements(data) };
}

/** Each element after its length. @throws TypeError */
function encodeElements(data: readonly unknown[]): Uint8Array {
  const encoder = new TextEncoder();
  const elements = data.map((one) => {
    if (typeof one === 'string') return encoder.encode(one);
    if (one instanceof Uint8Array) return one;
    throw new TypeError('A list holds texts or Uint8Arrays, or booleans; numbers are sent in a typed array.');
  });
  const bytes = new Uint8Array(elements.reduce((sum, { length }) => sum + 4 + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const element of elements) {
    view.setUint32(at, element.length, true);
    bytes.set(element, at + 4);
    at += 4 + element.length;
  }
  return bytes;
}

/** What an answer says of a tensor; the shape is of whole numbers. */
interface TensorFacts {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

const elementsOf = ({ shape }: TensorFacts): number => shape.reduce((product, length) => product * length, 1);

const misfit = ({ name, datatype, shape }: TensorFacts, has: string): Error =>
  badAnswer(`The output ${name} has ${has}, which is no ${datatype} of [${shape.join(', ')}].`);

/** @throws OrtolanError BAD_ANSWER */
export function decodeTensor(facts: TensorFacts, raw: Uint8Array<ArrayBuffer>): Tensor {
  const { datatype, shape } = facts;
  if (datatype === 'BYTES') return texts(facts, decodeElements(facts, raw));
  const type = Object.hasOwn(ARRAYS, datatype) ? ARRAYS[datatype as Numeric] : undefined;
  if (type === undefined || !LITTLE_ENDIAN || raw.length !== elementsOf(facts) * type.BYTES_PER_ELEMENT) {
    throw misfit(facts, `${raw.length} bytes`);
  }
  // Copied, since an array has to begin at a multiple of the size of its elements.
  return { datatype, shape, data: new type(raw.slice().buffer) } as Tensor;
}

function texts(facts: TensorFacts, bytes: readonly Uint8Array[]): Tensor {
  if (bytes.length !== elementsOf(facts)) throw misfit(facts, `${bytes.length} elements`);
  const decoder = new TextDecoder();
  return { datatype: 'BYTES', shape: facts.shape, data: bytes.map((one) => decoder.decode(one)), bytes };
}

function decodeElements(facts: TensorFacts, raw: Uint8Array<ArrayBuffer>): Uint8Array[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const elements = [];
  for (let at = 0; at < raw.length;) {
    const end = at + 4 <= raw.length ? at + 4 + view.getUint32(at, true) : Infinity;
    if (end > raw.length) throw misfit(facts, 'a cut element');
    elements.push(raw.slice(at + 4, end));
    at = end;
  }
  return elements;
}

/** A tensor that came as JSON, of a server that does not send bytes. @throws OrtolanError BAD_ANSWER */
export function fromJson(facts: TensorFacts, data: unknown): Tensor {
  const { datatype, shape } = facts;
  const list = (Array.isArray(data) ? data : [data]).flat(Infinity) as unknown[];
  if (datatype === 'BYTES' && list.every((one) => typeof one === 'string')) {
    return texts(
      facts,
      list.map((one) => new TextEncoder().encode(one)),
    );
  }
  const wide = datatype === 'INT64' || datatype === 'UINT64';
  const exact = (one: unknown): boolean =>
    typeof one === 'boolean' || (typeof one === 'number' && (!wide || Number.isSafeInteger(one)));
  const types = { ...ARRAYS, FP16: FLOAT16, BF16: undefined };
  const type = Object.hasOwn(types, datatype) ? types[datatype as Numeric] : undefined;
  if (type === undefined || !list.every(exact) || list.length !== elementsOf(facts)) {
    throw misfit(facts, 'JSON');
  }
  const values = list.map((one) => (wide ? BigInt(one as number) : Number(one))) as number[];
  return { datatype, shape, data: (type as unknown as Float32ArrayConstructor).from(values) } as Tensor;
}
