/**
 * Writes ONNX models of some hundred bytes: the same bytes on every call. Protocol buffers by hand, only the
 * fields that onnxruntime asks for. Field numbers are those of onnx/onnx.proto.
 */

/** Numbers of TensorProto.DataType. */
export const FLOAT = 1;
export const UINT8 = 2;
export const INT32 = 6;
export const INT64 = 7;
export const STRING = 8;
export const BOOL = 9;
export const FLOAT16 = 10;

/** onnxruntime 1.30 reads both; a later operator set only if a model needs it. */
const OPSET = 17;
const IR_VERSION = 8;

/** A number is a fixed side, a string a symbolic one. */
export type Shape = readonly (number | string)[];

export interface Value {
  readonly name: string;
  readonly type: number;
  readonly shape: Shape;
}

/** Attributes: whole numbers and lists of them become INT and INTS, tensors TENSOR, graphs GRAPH. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export type Attribute = number | readonly number[] | Tensor | Graph;

/** A constant. */
export interface Tensor {
  readonly name: string;
  readonly type: number;
  readonly dims: readonly number[];
  readonly data: ArrayBufferView;
}

export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly constants?: readonly Tensor[];
}

/** The bytes of a model.onnx. */
export function writeModel(graph: Graph): Buffer {
  return Buffer.concat([
    integer(1, IR_VERSION),
    message(7, ...graphFields(graph)),
    message(8, text(1, ''), integer(2, OPSET)),
  ]);
}

const graphFields = ({ inputs, outputs, nodes, constants = [] }: Graph): Buffer[] => [
  ...nodes.map((node) => message(1, ...nodeFields(node))),
  text(2, 'graph'),
  ...constants.map((tensor) => message(5, ...tensorFields(tensor))),
  ...inputs.map((value) => message(11, ...valueFields(value))),
  ...outputs.map((value) => message(12, ...valueFields(value))),
];

export const floats = (name: string, dims: readonly number[], values: readonly number[]): Tensor => ({
  name,
  type: FLOAT,
  dims,
  data: Float32Array.from(values),
});

export const int64s = (name: string, dims: readonly number[], values: readonly number[]): Tensor => ({
  name,
  type: INT64,
  dims,
  data: BigInt64Array.from(values, BigInt),
});

function nodeFields({ op, inputs, outputs, attributes = {} }: Node): Buffer[] {
  return [
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) =>
      message(5, text(1, name), ...attributeFields(value)),
    ),
  ];
}

function attributeFields(value: Attribute): Buffer[] {
  if (typeof value === 'number') return [integer(3, value), integer(20, 2)];
  if ('nodes' in value) return [message(6, ...graphFields(value)), integer(20, 5)];
  if ('length' in value) return [...value.map((one) => integer(8, one)), integer(20, 7)];
  return [message(5, ...tensorFields(value)), integer(20, 4)];
}

function tensorFields({ name, type, dims, data }: Tensor): Buffer[] {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return [...dims.map((side) => integer(1, side)), integer(2, type), text(8, name), bytes(9, raw)];
}

function valueFields({ name, type, shape }: Value): Buffer[] {
  const dims = shape.map((side) => message(1, typeof side === 'number' ? integer(1, side) : text(2, side)));
  return [text(1, name), message(2, message(1, integer(1, type), message(2, ...dims)))];
}

export const message = (field: number, ...fields: readonly Buffer[]): Buffer =>
  bytes(field, Buffer.concat(fields));
export const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value));

/** Wire type 2: length, then bytes. */
export const bytes = (field: number, value: Buffer): Buffer =>
  Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);

/** Wire type 0; never negative here. */
export const integer = (field: number, value: number): Buffer =>
  Buffer.concat([varint(field << 3), varint(value)]);

export function varint(value: number): Buffer {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...out, rest]);
    out.push((rest % 128) | 128);
  }
}
