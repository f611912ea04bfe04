/** A model with its weights in a file beside it. */
import { FLOAT, integer, message, text, writeModel } from '../../tools/onnx/model.ts';

/** Bytes of FP32 weights, four of them, all of this value. */
export const weightsOf = (value: number): Buffer => Buffer.from(new Float32Array(4).fill(value).buffer);

/** y = x * w; x and y FP32, 4 to a row, w the content of the file at `location`. */
export function externalModel(location = 'model.onnx.data'): Buffer {
  const value = (name: string) => ({ name, type: FLOAT, shape: ['N', 4] });
  const nodes = [{ op: 'Mul', inputs: ['x', 'w'], outputs: ['y'] }];
  const weights = message(
    5,
    integer(1, 4),
    integer(2, FLOAT),
    text(8, 'w'),
    message(13, text(1, 'location'), text(2, location)),
    integer(14, 1),
  );
  // A second graph in the file is joined with the first by every parser of protocol buffers.
  return Buffer.concat([
    writeModel({ inputs: [value('x')], outputs: [value('y')], nodes }),
    message(7, weights),
  ]);
}
