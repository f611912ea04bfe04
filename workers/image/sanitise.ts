/**
 * Removes from a crop what cannot be seen in it, before it is normalised: compression as a JPEG, and fewer bits to a channel.
 * Xu, Evans and Qi, "Feature squeezing", 2018, and Das and others, "SHIELD", 2018; what it is worth is in docs/security.md.
 */
import type { Sanitise } from '../../src/thread/load.ts';
import { recompressed } from './sharp-decoder.ts';

/** Changes `pixels`, RGB of a square of `side`, in place; with a promise where it has to be compressed. */
export function sanitise(
  pixels: Uint8Array,
  side: number,
  { jpegQuality, bits }: Sanitise,
): undefined | Promise<void> {
  if (jpegQuality === undefined) {
    squeeze(pixels, bits);
    return undefined;
  }
  // A copy, as the memory of the resampler moves when it grows.
  return recompressed(pixels.slice(), side, jpegQuality).then((again) => {
    pixels.set(again);
    squeeze(pixels, bits);
  });
}

const TABLES = new Map<number, Uint8Array>();

/** Rounds each value to the nearest of 2^bits that are spread evenly from 0 to 255. */
function squeeze(pixels: Uint8Array, bits: number | undefined): void {
  if (bits === undefined) return;
  const table = TABLES.get(bits) ?? tableOf(bits);
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[pixels[i]!]!;
}

function tableOf(bits: number): Uint8Array {
  const most = 2 ** bits - 1;
  const table = Uint8Array.from({ length: 256 }, (_, value) =>
    Math.round((Math.round((value / 255) * most) / most) * 255),
  );
  TABLES.set(bits, table);
  return table;
}
