/** Reads the header of a WebP (lossy, lossless or extended) and the orientation in its metadata. */
import type { Failure } from '../errors.ts';
import { ascii, u16le, u32le, u8 } from './bytes.ts';
import { exifOrientation } from './exif.ts';
import { corrupt, truncated, unsupported } from './refusal.ts';
import { xmpOrientation } from './xmp.ts';

export interface WebpHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Bound for the walk over chunks. */
const MAX_STEPS = 20_000;

/** Flags of the extended header. libwebp ignores metadata whose flag is not set. */
const IS_ANIMATED = 0x02;
const HAS_XMP = 0x04;
const HAS_EXIF = 0x08;
const HAS_ALPHA = 0x10;

export function readWebp(bytes: Uint8Array): WebpHeader | Failure {
  if (bytes.length < 20) return truncated('WebP');
  // The size in the RIFF header counts all that follows it; the decoder refuses a file that has less.
  if (u32le(bytes, 4) + 8 > bytes.length) return truncated('WebP');
  if (bytes.length < (ascii(bytes, 12, 'VP8L') ? 25 : 30)) return corrupt('WebP', 'it holds no picture');
  if (ascii(bytes, 12, 'VP8X')) return readExtendedWebp(bytes);
  if (ascii(bytes, 12, 'VP8L')) {
    if (u8(bytes, 20) !== 0x2f) return corrupt('WebP', 'its lossless signature is missing');
    const bits = u32le(bytes, 21);
    return webp((bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1, ((bits >>> 28) & 1) === 1);
  }
  if (!ascii(bytes, 12, 'VP8 ')) return corrupt('WebP', 'it holds no picture');
  if (
    (u8(bytes, 20) & 1) !== 0 ||
    u8(bytes, 23) !== 0x9d ||
    u8(bytes, 24) !== 0x01 ||
    u8(bytes, 25) !== 0x2a
  ) {
    return corrupt('WebP', 'its frame does not start like a key frame');
  }
  return webp(u16le(bytes, 26) & 0x3fff, u16le(bytes, 28) & 0x3fff, false);
}

/** A still picture, or an animation of one frame, which libwebp draws onto the canvas. The size is that of the canvas. */
function readExtendedWebp(bytes: Uint8Array): WebpHeader | Failure {
  const flags = u8(bytes, 20);
  const animated = (flags & IS_ANIMATED) !== 0;
  const end = 8 + u32le(bytes, 4);
  let frames = 0;
  for (let at = 12, steps = 0; at + 8 <= end; steps++) {
    if (steps === MAX_STEPS) return corrupt('WebP', 'it has too many chunks');
    if (ascii(bytes, at, 'ANMF')) frames++;
    if (frames > 1) return unsupported('Animated WebPs');
    if (!animated && (ascii(bytes, at, 'VP8 ') || ascii(bytes, at, 'VP8L'))) return canvas(bytes, flags);
    const size = u32le(bytes, at + 4);
    at += 8 + size + (size & 1);
  }
  if (animated) return frames === 1 ? canvas(bytes, flags) : unsupported('Animated WebPs');
  return corrupt(
    'WebP',
    frames > 0 ? 'it has a frame, but is not marked as animated' : 'it holds no picture',
  );
}

const canvas = (bytes: Uint8Array, flags: number): WebpHeader | Failure =>
  webp((u32le(bytes, 24) & 0xffffff) + 1, (u32le(bytes, 26) >>> 8) + 1, (flags & HAS_ALPHA) !== 0);

function webp(width: number, height: number, alpha: boolean): WebpHeader | Failure {
  if (width === 0 || height === 0) return corrupt('WebP', 'its width or height is zero');
  return { width, height, channels: alpha ? 4 : 3 };
}

/**
 * The orientation, 1 to 8; 1 if there is none. As in Pillow's `exif_transpose`, the first EXIF chunk counts, and the first
 * XMP chunk if that has no such tag; both may follow the picture. Time grows with the number of chunks. Never throws.
 */
export function webpOrientation(bytes: Uint8Array): number {
  if (!ascii(bytes, 12, 'VP8X')) return 1;
  const flags = u8(bytes, 20);
  const exif = (flags & HAS_EXIF) === 0 ? undefined : dataOf(bytes, 'EXIF');
  const xmp = (flags & HAS_XMP) === 0 ? undefined : dataOf(bytes, 'XMP ');
  return (exif && exifOrientation(bytes, ...exif)) ?? (xmp && xmpOrientation(bytes, ...xmp)) ?? 1;
}

/** Begin and end of the data of the first chunk with this name. */
function dataOf(bytes: Uint8Array, name: string): readonly [number, number] | undefined {
  const file = Math.min(bytes.length, 8 + u32le(bytes, 4));
  for (let at = 30; at + 8 <= file;) {
    const size = u32le(bytes, at + 4);
    const end = at + 8 + size;
    if (end > file) return undefined;
    if (ascii(bytes, at, name)) return [at + 8, end];
    at = end + (size & 1);
  }
  return undefined;
}
