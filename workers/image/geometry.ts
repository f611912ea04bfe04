/**
 * The crop of an image: short side scaled to `resize`, centre crop of `crop` x `crop`. The arithmetic is Python's
 * (round half to even, floor division), because the pixels have to be the same. Pure.
 */

export interface Geometry {
  /** Size of the whole image after scaling. It is never made: only the crop of it is. */
  readonly width: number;
  readonly height: number;
  /** The crop's corner in the scaled image. */
  readonly left: number;
  readonly top: number;
}

/** A part of a picture, in pixels. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The scaled size of a `width` x `height` image and the corner of its centre crop. Needs crop <= resize. */
export function geometryOf(width: number, height: number, resize: number, crop: number): Geometry {
  const portrait = width <= height;
  const long = roundHalfEven(portrait ? (height * resize) / width : (width * resize) / height);
  const scaled = portrait ? { width: resize, height: long } : { width: long, height: resize };
  return {
    ...scaled,
    left: Math.floor((scaled.width - crop) / 2),
    top: Math.floor((scaled.height - crop) / 2),
  };
}

/** Python's round(): 341.5 becomes 342, 342.5 becomes 342 as well. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
