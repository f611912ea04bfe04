/**
 * A model that gives its input as FP32, element by element: what the preprocessing of another model gives can be read from it. (The first
 * output of a model for images has to be of floats.) Protocol buffers by hand, with the field numbers of onnx.proto; some hundred bytes.
 */
import { onnxTypeOf, type OnnxType, type TensorSpec } from '../tensor/tensor.ts';
import { FLOAT } from './fields.ts';
import { integer, message, text } from './wire.ts';

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
  const sides = shape.map((side) => message(1, side < 0 ? text(2, OPEN) : integer(1, side)));
  const value = (own: string, of: number): Buffer =>
    Buffer.concat([text(1, own), message(2, message(1, integer(1, of), message(2, ...sides)))]);
  const to = message(5, text(1, 'to'), integer(3, FLOAT), integer(20, INT));
  const node = message(1, text(1, name), text(2, 'same'), text(4, 'Cast'), to);
  const graph = message(
    7,
    node,
    text(2, 'identity'),
    message(11, value(name, type)),
    message(12, value('same', FLOAT)),
  );
  return Buffer.concat([integer(1, IR_VERSION), graph, message(8, text(1, ''), integer(2, OPSET))]);
}
