/**
 * Reads the first bytes of an image: format, size, and whether the fast decoder may take it. It runs for every
 * request on the event loop and again in the worker, so it is a few microseconds of looking at bytes: no
 * pixels, no allocation but the answer, bounded steps. It never throws and never reads past the end.
 */
import type { Failure } from '../errors.ts';

export type ImageFormat = 'jpeg' | 'png' | 'webp';

/** Plain scalars only: it is cloned into the worker with each batch. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** Pixels as stored, before any orientation is applied. */
  readonly width: number;
  readonly height: number;
  /**
   * A JPEG for the fast decoder: 8 bit, baseline or progressive Huffman, grey or YCbCr, upright. What is merely
   * doubtful is not fast: the slow decoder then gives the verdict.
   */
  readonly fast: boolean;
  /** Progressive JPEG: several passes over all coefficients, two to four times the cost of a baseline one. */
  readonly progressive: boolean;
  /** 1 grey, 2 grey and alpha, 3 colour (also a palette), 4 colour and alpha; for JPEG 4 is CMYK. */
  readonly channels: number;
  /** EXIF orientation 1 to 8 of a JPEG; 1 for the other formats, where only the decoder knows. */
  readonly orientation: number;
}

/**
 * Bound for the walk over segments and stray bytes. Real files need some dozens (a large ICC profile or XMP
 * block is cut into pieces of 64 KiB); a file made of 4-byte segments would hold the event loop for 20 ms.
 */
const MAX_STEPS = 20_000;

/** PNG colour type -> [channels, allowed bit depths as a bit set]. PNG specification, table 11.1. */
const PNG_COLOURS: Readonly<Record<number, readonly [number, number]>> = {
  0: [1, (1 << 1) | (1 << 2) | (1 << 4) | (1 << 8) | (1 << 16)],
  2: [3, (1 << 8) | (1 << 16)],
  3: [3, (1 << 1) | (1 << 2) | (1 << 4) | (1 << 8)],
  4: [2, (1 << 8) | (1 << 16)],
  6: [4, (1 << 8) | (1 << 16)],
};

const EMPTY: Failure = { code: 'EMPTY_BODY', detail: 'The image has no bytes.' };
const NOT_AN_IMAGE: Failure = {
  code: 'NOT_AN_IMAGE',
  detail: 'The bytes do not begin like any image; JPEG, PNG and WebP are served.',
};

/** The header of a JPEG, PNG or WebP; a Failure for anything else. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | Failure {
  if (bytes.length === 0) return EMPTY;
  if (u8(bytes, 0) === 0xff && u8(bytes, 1) === 0xd8 && (bytes.length < 3 || u8(bytes, 2) === 0xff)) {
    return readJpeg(bytes);
  }
  if (ascii(bytes, 1, 'PNG') && u8(bytes, 0) === 0x89) return readPng(bytes);
  if (ascii(bytes, 0, 'RIFF') && (bytes.length < 12 || ascii(bytes, 8, 'WEBP'))) return readWebp(bytes);
  const other = otherFormat(bytes);
  return other === undefined ? NOT_AN_IMAGE : unsupported(`${other} images are`);
}

function readJpeg(bytes: Uint8Array): ImageHeader | Failure {
  const end = bytes.length;
  let at = 2;
  let frame = -1; // offset of the frame header's first byte after its length
  let marker = 0;
  let coding = 0;
  let adobe = -1;
  let orientation = 0;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    if (at + 1 >= end) return truncated('JPEG');
    // Decoders skip fill bytes and stray bytes between segments, so they must not matter here either.
    if (u8(bytes, at) !== 0xff || u8(bytes, at + 1) === 0xff || u8(bytes, at + 1) === 0) {
      at++;
      continue;
    }
    marker = u8(bytes, at + 1);
    at += 2;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue;
    if (marker === 0xd9) return corrupt('JPEG', 'it ends before any picture');
    if (at + 2 > end) return truncated('JPEG');
    const length = u16(bytes, at);
    if (length < 2) return corrupt('JPEG', 'a segment has no length');
    if (at + length > end) return truncated('JPEG');
    if (marker === 0xda) break;
    if (isFrame(marker)) {
      if (frame >= 0) return corrupt('JPEG', 'it has two frame headers');
      if (length < 8 || length !== 8 + 3 * u8(bytes, at + 7))
        return corrupt('JPEG', 'its frame header is wrong');
      frame = at + 2;
      coding = marker;
    } else if (marker === 0xee && length >= 14 && ascii(bytes, at + 2, 'Adobe')) {
      adobe = u8(bytes, at + 13);
    } else if (marker === 0xe1 && orientation === 0) {
      orientation = exifOrientation(bytes, at + 2, at + length);
    }
    at += length;
  }
  if (marker !== 0xda) return corrupt('JPEG', 'it has too many segments');
  if (frame < 0) return corrupt('JPEG', 'it has no frame header');

  const height = u16(bytes, frame + 1);
  const width = u16(bytes, frame + 3);
  if (width === 0 || height === 0) return corrupt('JPEG', 'its width or height is zero');
  const channels = u8(bytes, frame + 5);
  if (channels === 0 || channels > 4) return corrupt('JPEG', `it has ${channels} colour components`);
  const huffman = coding === 0xc0 || coding === 0xc2;
  const fast =
    huffman &&
    u8(bytes, frame) === 8 &&
    orientation <= 1 &&
    (channels === 1 || isYcc(bytes, frame, channels, adobe));
  const progressive = coding === 0xc2 || coding === 0xca;
  return { format: 'jpeg', width, height, fast, progressive, channels, orientation: orientation || 1 };
}

/** SOF0 to SOF15, but for the three numbers that mean tables (DHT, DAC) or are reserved (JPG). */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** As libjpeg decides it (jdapimin.c), but where Adobe and JFIF contradict each other the answer is no. */
function isYcc(bytes: Uint8Array, frame: number, channels: number, adobe: number): boolean {
  if (channels !== 3 || (adobe !== -1 && adobe !== 1)) return false;
  const first = u8(bytes, frame + 6);
  return !(first === 0x52 && u8(bytes, frame + 9) === 0x47 && u8(bytes, frame + 12) === 0x42); // ids R, G, B
}

/** Orientation of an EXIF block in [from, end); 0 where there is none. */
function exifOrientation(bytes: Uint8Array, from: number, end: number): number {
  const tiff = from + 6;
  if (tiff + 8 > end || !ascii(bytes, from, 'Exif\0\0')) return 0;
  const little = ascii(bytes, tiff, 'II*\0');
  if (!little && !ascii(bytes, tiff, 'MM\0*')) return 0;
  const ifd = tiff + (little ? u32le(bytes, tiff + 4) : u32(bytes, tiff + 4));
  if (ifd + 2 > end) return 0;
  const entries = little ? u16le(bytes, ifd) : u16(bytes, ifd);
  for (let entry = ifd + 2, left = entries; left > 0 && entry + 12 <= end; entry += 12, left--) {
    if ((little ? u16le(bytes, entry) : u16(bytes, entry)) !== 0x0112) continue;
    const value = little ? u16le(bytes, entry + 8) : u16(bytes, entry + 8);
    return value >= 1 && value <= 8 ? value : 0;
  }
  return 0;
}

function readPng(bytes: Uint8Array): ImageHeader | Failure {
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
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    if (at + 8 > end) return truncated('PNG');
    if (ascii(bytes, at + 4, 'IDAT')) {
      return {
        format: 'png',
        width,
        height,
        fast: false,
        progressive: false,
        channels: colour[0],
        orientation: 1,
      };
    }
    if (ascii(bytes, at + 4, 'IEND')) return corrupt('PNG', 'it has no picture');
    if (ascii(bytes, at + 4, 'acTL')) return unsupported('Animated PNGs are');
    at += 12 + u32(bytes, at);
  }
  return corrupt('PNG', 'it has too many chunks');
}

function readWebp(bytes: Uint8Array): ImageHeader | Failure {
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

function readExtendedWebp(bytes: Uint8Array): ImageHeader | Failure {
  const flags = u8(bytes, 20);
  if ((flags & 0x02) !== 0) return unsupported('Animated WebPs are');
  for (let at = 12, steps = 0; at + 8 <= bytes.length && steps < MAX_STEPS; steps++) {
    if (ascii(bytes, at, 'ANIM') || ascii(bytes, at, 'ANMF')) return unsupported('Animated WebPs are');
    if (ascii(bytes, at, 'VP8 ') || ascii(bytes, at, 'VP8L')) {
      return webp((u32le(bytes, 24) & 0xffffff) + 1, (u32le(bytes, 26) >>> 8) + 1, (flags & 0x10) !== 0);
    }
    const size = u32le(bytes, at + 4);
    at += 8 + size + (size & 1);
  }
  return corrupt('WebP', 'it holds no picture');
}

function webp(width: number, height: number, alpha: boolean): ImageHeader | Failure {
  if (width === 0 || height === 0) return corrupt('WebP', 'its width or height is zero');
  const channels = alpha ? 4 : 3;
  return { format: 'webp', width, height, fast: false, progressive: false, channels, orientation: 1 };
}

/** Name of a format that is known but not served. */
function otherFormat(bytes: Uint8Array): string | undefined {
  if (ascii(bytes, 0, 'GIF8')) return 'GIF';
  if (
    ascii(bytes, 0, 'II*\0') ||
    ascii(bytes, 0, 'MM\0*') ||
    ascii(bytes, 0, 'II+\0') ||
    ascii(bytes, 0, 'MM\0+')
  ) {
    return 'TIFF';
  }
  // Two letters are little to go by: the two reserved fields of the file header must be zero as well.
  if (ascii(bytes, 0, 'BM') && bytes.length >= 14 && u32le(bytes, 6) === 0) return 'BMP';
  if (ascii(bytes, 4, 'ftyp')) return isoFormat(bytes);
  if (ascii(bytes, 0, '8BPS')) return 'Photoshop (PSD)';
  if (ascii(bytes, 0, '%PDF')) return 'PDF';
  if (ascii(bytes, 0, '\xff\x0a') || ascii(bytes, 0, '\0\0\0\x0cJXL ')) return 'JPEG XL';
  if (ascii(bytes, 0, '\xff\x4f\xff\x51') || ascii(bytes, 0, '\0\0\0\x0cjP  ')) return 'JPEG 2000';
  if (ascii(bytes, 0, 'II\xbc')) return 'JPEG XR';
  if (ascii(bytes, 0, '\x76\x2f\x31\x01')) return 'OpenEXR';
  if ((ascii(bytes, 0, '\0\0\x01\0') || ascii(bytes, 0, '\0\0\x02\0')) && u16le(bytes, 4) !== 0) return 'ICO';
  return isSvg(bytes) ? 'SVG' : undefined;
}

function isoFormat(bytes: Uint8Array): string | undefined {
  if (ascii(bytes, 8, 'avif') || ascii(bytes, 8, 'avis')) return 'AVIF';
  if (ascii(bytes, 8, 'mif1') || ascii(bytes, 8, 'msf1') || ascii(bytes, 8, 'he')) return 'HEIC';
  return ascii(bytes, 8, 'crx ') ? 'Canon raw' : undefined; // anything else with this box is a film
}

/** Looks for `<svg` in the first KiB of what begins like markup. */
function isSvg(bytes: Uint8Array): boolean {
  let at = u8(bytes, 0) === 0xef ? 3 : 0; // byte order mark
  while (at < 64 && u8(bytes, at) <= 0x20 && at < bytes.length) at++;
  if (u8(bytes, at) !== 0x3c) return false;
  for (const end = Math.min(bytes.length, 1024); at < end; at++) if (ascii(bytes, at, '<svg')) return true;
  return false;
}

const unsupported = (subject: string): Failure => ({
  code: 'UNSUPPORTED_IMAGE',
  detail: `${subject} not served; send a JPEG, PNG or WebP with one frame.`,
});

const truncated = (format: string): Failure => ({
  code: 'IMAGE_TRUNCATED',
  detail: `The ${format} ends before its data does.`,
});

const corrupt = (format: string, why: string): Failure => ({
  code: 'IMAGE_CORRUPT',
  detail: `The ${format} cannot be read: ${why}.`,
});

// A byte past the end reads as 0; callers check the length where that would matter.
const u8 = (bytes: Uint8Array, at: number): number => (at < bytes.length ? (bytes[at] ?? 0) : 0);
const u16 = (bytes: Uint8Array, at: number): number => (u8(bytes, at) << 8) | u8(bytes, at + 1);
const u16le = (bytes: Uint8Array, at: number): number => u8(bytes, at) | (u8(bytes, at + 1) << 8);
const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 65536 + u16(bytes, at + 2);
const u32le = (bytes: Uint8Array, at: number): number => u16le(bytes, at) + u16le(bytes, at + 2) * 65536;

/** Whether `text` (one byte a character) stands at `at`. */
function ascii(bytes: Uint8Array, at: number, text: string): boolean {
  if (at + text.length > bytes.length) return false;
  for (let i = 0; i < text.length; i++) if (u8(bytes, at + i) !== text.charCodeAt(i)) return false;
  return true;
}
