/** Random inputs for any model of one row axis: bytes of any value, floats within -1 and 1. */
import * as ort from 'onnxruntime-node';

/** `rows`: the length of the first axis where the model leaves it open; other open axes have 1. @throws Error for an input that is no tensor */
export const randomFeeds = (
  { inputMetadata }: Pick<ort.InferenceSession, 'inputMetadata'>,
  rows: number,
): Record<string, ort.Tensor> =>
  Object.fromEntries(
    inputMetadata.map((input) => {
      if (!input.isTensor) throw new Error(`${input.name} is no tensor`);
      const shape = input.shape.map((side, axis) =>
        typeof side === 'number' && side > 0 ? side : axis === 0 ? rows : 1,
      );
      const count = shape.reduce((product, side) => product * side, 1);
      const data =
        input.type === 'uint8'
          ? Uint8Array.from({ length: count }, () => Math.random() * 256)
          : Float32Array.from({ length: count }, () => 2 * Math.random() - 1);
      return [input.name, new ort.Tensor(input.type as 'float32', data as Float32Array, shape)];
    }),
  );
