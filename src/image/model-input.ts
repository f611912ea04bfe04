/** Whether images can be the input of a model, as its preprocess makes them. Pure. */
import type { TensorSpec } from '../tensor/tensor.ts';
import type { Preprocess } from '../thread/load.ts';

/** Short side after resampling over the side of the crop, as it is in `preprocess`, for another crop. */
const resizeFor = ({ resize, crop }: Preprocess, side: number): number =>
  Math.max(side, Math.round((side * resize) / crop));

/**
 * Why rows of `input` cannot be images, and what to change: a sentence that begins with a JSON pointer into model.json.
 * Undefined when they can.
 */
export function imageMisfit(
  { name, shape, datatype }: TensorSpec,
  preprocess: Preprocess,
): string | undefined {
  const { crop, mean } = preprocess;
  const instead = 'leave preprocess out and send rows';
  const [height, width, channels] = shape.at(-1) === 3 ? shape : [shape[1], shape[2], shape[0]];
  if (shape.length !== 3 || channels !== 3) {
    return (
      `/preprocess is for images of 3 channels, but a row of input ${name} has the shape [${shape.join(', ')}], ` +
      `not [${crop}, ${crop}, 3] or [3, ${crop}, ${crop}]: ${instead}`
    );
  }
  if (height !== width) {
    return `/preprocess is for squares, but input ${name} takes ${width} x ${height} pixels: ${instead}`;
  }
  if (height !== crop) {
    const resize = resizeFor(preprocess, height!);
    return (
      `/preprocess/crop is ${crop}, but input ${name} takes ${width} x ${height} pixels: ` +
      `set crop to ${height}, and resize to ${resize} to see as much of the image`
    );
  }
  if (datatype !== 'UINT8' && datatype !== 'FP32') {
    return `/preprocess gives UINT8 or FP32, but input ${name} is ${datatype}: ${instead}`;
  }
  if (datatype === 'UINT8' && mean !== undefined) {
    return `/preprocess/mean and std are for FP32 inputs, but input ${name} is UINT8: leave both out`;
  }
  return undefined;
}
