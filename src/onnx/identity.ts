/**
 * A model that gives its input as FP32, element by element: what the preprocessing of another model gives can be read from it. (The first
 * output of a model for images has to be of floats.) Protocol buffers by hand, with the field numbers of onnx.proto; some hundred bytes.
 */
import { onnxTypeOf, type OnnxType, type TensorSpec } from '../tensor/tensor.ts';

const FLOAT = 1;
/** TensorProto.DataType of what images become. */
const TYPES: Partial<Readonly<Record<OnnxType, number>>> = { float32: FLOAT, uint8: 2 };
/** AttributeProto.AttributeType. */
const INT = 2;
const IR_VERSION = 8;
const OPSET = 17;
/** In place of a length that may differ. */
const OPEN = 'n';

/** The bytes of model.onnx. `input`: UINT8 or FP32. */
export function identityModel({ name, datatype, shape }: TensorSpec): Buffer {
  const type = TYPES[onnxTypeOf(datatype)];
  if (type === undefined) throw new RangeError(`images do not become ${datatype}`);
  const sides = shape.map((side) => field(1, side < 0 ? text(2, OPEN) : integer(1, side)));
  const value = (own: string, of: number): Buffer =>
    Buffer.concat([text(1, own), field(2, field(1, integer(1, of), field(2, ...sides)))]);
  const to = field(5, text(1, 'to'), integer(3, FLOAT), integer(20, INT));
  const node = field(1, text(1, name), text(2, 'same'), text(4, 'Cast'), to);
  const graph = field(
    7,
    node,
    text(2, 'identity'),
    field(11, value(name, type)),
    field(12, value('same', FLOAT)),
  );
  return Buffer.concat([integer(1, IR_VERSION), graph, field(8, text(1, ''), integer(2, OPSET))]);
}

/** Wire type 2. */
function field(number: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([varint((number << 3) | 2), varint(content.length), content]);
}

const text = (number: number, value: string): Buffer => field(number, Buffer.from(value));

/** Wire type 0. */
const integer = (number: number, value: number): Buffer =>
  Buffer.concat([varint(number << 3), varint(value)]);

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Buffer.from([...out, rest]);
}
