/**
 * What a picture looks like to a model, in five numbers: of the pixels that were scaled and cropped for it, before anything
 * is removed from them; NaN of a crop of less than three pixels. Of a crop of 224 every fourth pixel of every fourth row counts: 0.03 ms. Pure.
 */
import type { PixelSignals } from '../../src/thread/messages.ts';

/** Pixels that are looked at along a side. */
const ALONG = 64;

/** `pixels`: RGB, interleaved, of a square of `side` pixels. */
export function pixelSignals(pixels: Uint8Array, side: number): PixelSignals {
  const step = Math.ceil(side / ALONG);
  const row = 3 * side;
  let count = 0;
  let luma = 0;
  let lumaSquared = 0;
  let edges = 0;
  let spread = 0;
  let redder = 0;
  // Not the outermost pixels: the sharpness of one needs its four neighbours.
  for (let y = 1; y < side - 1; y += step) {
    for (let x = 1, at = y * row + 3; x < side - 1; x += step, at += 3 * step) {
      const red = pixels[at]!;
      const green = pixels[at + 1]!;
      const blue = pixels[at + 2]!;
      const y601 = 0.299 * red + 0.587 * green + 0.114 * blue;
      luma += y601;
      lumaSquared += y601 * y601;
      redder += red - blue;
      spread += Math.max(red, green, blue) - Math.min(red, green, blue);
      // Green stands for brightness here, which saves two loads in three.
      edges += Math.abs(
        4 * green - pixels[at - 2]! - pixels[at + 4]! - pixels[at + 1 - row]! - pixels[at + 1 + row]!,
      );
      count++;
    }
  }
  const mean = luma / count;
  return {
    luminance: mean,
    // Rounding may leave a little less than nothing.
    contrast: Math.sqrt(Math.max(0, lumaSquared / count - mean * mean)),
    sharpness: edges / count,
    saturation: spread / count,
    warmth: redder / count,
  };
}
