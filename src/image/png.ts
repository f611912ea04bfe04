/** Reads the header of a PNG: the chunks before the picture data. */
import type { Failure } from '../errors.ts';
import { ascii, u32, u8 } from './bytes.ts';
import { corrupt, truncated, unsupported } from './refusal.ts';

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Bound for the walk over chunks. */
const MAX_STEPS = 20_000;

/** PNG colour type -> [channels, allowed bit depths as a bit set]. PNG specification, table 11.1. */
const PNG_COLOURS: Readonly<Record<number, readonly [number, number]>> = {
  0: [1, (1 << 1) | (1 << 2) | (1 << 4) | (1 << 8) | (1 << 16)],
  2: [3, (1 << 8) | (1 << 16)],
  3: [3, (1 << 1) | (1 << 2) | (1 << 4) | (1 << 8)],
  4: [2, (1 << 8) | (1 << 16)],
  6: [4, (1 << 8) | (1 << 16)],
};

export function readPng(bytes: Uint8Array): PngHeader | Failure {
  const end = bytes.length;
  if (end < 8) return truncated('PNG');
  if (!ascii(bytes, 4, '\r\n\x1a\n'))
    return corrupt('PNG', 'its first bytes were changed, as by a text transfer');
  if (end < 29) return truncated('PNG');
  if (u32(bytes, 8) !== 13 || !ascii(bytes, 12, 'IHDR')) return corrupt('PNG', 'it does not begin with IHDR');
  const width = u32(bytes, 16);
  const height = u32(bytes, 20);
  if (width === 0 || height === 0) return corrupt('PNG', 'its width or height is zero');
  const colour = PNG_COLOURS[u8(bytes, 25)];
  const depth = u8(bytes, 24);
  if (
    width > 0x7fffffff ||
    height > 0x7fffffff ||
    colour === undefined ||
    depth > 16 ||
    !((colour[1] >> depth) & 1)
  ) {
    return corrupt('PNG', 'its header holds impossible values');
  }
  let at = 33;
  let frames = 0;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    if (at + 8 > end) return truncated('PNG');
    if (ascii(bytes, at + 4, 'IDAT')) {
      return frames > 1 ? unsupported('Animated PNGs') : { width, height, channels: colour[0] };
    }
    if (ascii(bytes, at + 4, 'IEND')) return corrupt('PNG', 'it has no picture');
    // As in Pillow, a second acTL chunk cancels the first.
    if (ascii(bytes, at + 4, 'acTL')) frames = frames > 0 ? 0 : framesAnnounced(bytes, at + 8);
    at += 12 + u32(bytes, at);
  }
  return corrupt('PNG', 'it has too many chunks');
}

/** The number of frames in an acTL chunk; 0 if it is impossible. Frames after the first are not in IDAT. */
function framesAnnounced(bytes: Uint8Array, at: number): number {
  const frames = u32(bytes, at);
  return frames <= 0x80000000 ? frames : 0;
}
