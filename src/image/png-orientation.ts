/**
 * Reads the orientation from a PNG's metadata. Metadata may be compressed and may follow the picture, so this can take
 * milliseconds: it is called by the worker that decodes the image, never on the event loop.
 */
import { inflateSync, constants } from 'node:zlib';
import { ascii, u32, u8 } from './bytes.ts';
import { exifOrientation } from './exif.ts';
import { xmpOrientation } from './xmp.ts';

/** Largest size of a decompressed text, as in Pillow. A longer text counts as empty; Pillow refuses the file. */
const MAX_TEXT = 1024 * 1024;

/** How many digits of a profile are read: 128 KiB of EXIF, twice the size of a JPEG segment. The tag is near the start. */
const MAX_HEX = 256 * 1024;

/** Keywords of text chunks: EXIF in hexadecimal (written by ImageMagick and ExifTool), EXIF in binary, XMP. */
const PROFILE = 'Raw profile type exif\0';
const EXIF_TEXT = 'exif\0';
const XMP = 'XML:com.adobe.xmp\0';

/** Offset of the last chunk of each kind; 0 if there is none. */
interface Chunks {
  exif: number;
  profile: number;
  xmp: number;
}

/**
 * The orientation, 1 to 8; 1 if there is none. The order is that of Pillow's `exif_transpose`: EXIF; without EXIF the
 * profile in hexadecimal; and XMP if neither has the tag. Time grows with the size of the file. Never throws.
 */
export function pngOrientation(bytes: Uint8Array): number {
  const { exif, profile, xmp } = find(bytes);
  return exifIn(bytes, exif, profile) ?? xmpIn(bytes, xmp) ?? 1;
}

function find(bytes: Uint8Array): Chunks {
  const chunks: Chunks = { exif: 0, profile: 0, xmp: 0 };
  for (let at = 8; at + 12 <= bytes.length && !ascii(bytes, at + 4, 'IEND');) {
    const next = at + 12 + u32(bytes, at);
    if (next > bytes.length) break;
    if (ascii(bytes, at + 4, 'eXIf')) {
      chunks.exif = at;
    } else if (isText(bytes, at)) {
      if (ascii(bytes, at + 8, PROFILE)) chunks.profile = at;
      else if (ascii(bytes, at + 8, XMP)) chunks.xmp = at;
      else if (ascii(bytes, at + 4, 'tEXt' + EXIF_TEXT)) chunks.exif = at;
    }
    at = next;
  }
  return chunks;
}

const isText = (bytes: Uint8Array, at: number): boolean =>
  ascii(bytes, at + 4, 'tEXt') || ascii(bytes, at + 4, 'zTXt') || ascii(bytes, at + 4, 'iTXt');

function exifIn(bytes: Uint8Array, exif: number, profile: number): number | undefined {
  if (exif > 0) {
    const keyword = ascii(bytes, exif + 4, 'eXIf') ? 0 : EXIF_TEXT.length;
    return exifOrientation(bytes, exif + 8 + keyword, exif + 8 + u32(bytes, exif));
  }
  if (profile === 0) return undefined;
  const block = unhex(textOf(bytes, profile, PROFILE));
  return exifOrientation(block, 0, block.length);
}

function xmpIn(bytes: Uint8Array, xmp: number): number | undefined {
  if (xmp === 0) return undefined;
  const text = textOf(bytes, xmp, XMP);
  return xmpOrientation(text, 0, text.length);
}

/** The text of the text chunk at offset `chunk`, decompressed; empty if it cannot be read. */
function textOf(bytes: Uint8Array, chunk: number, keyword: string): Uint8Array {
  const end = chunk + 8 + u32(bytes, chunk);
  let at = chunk + 8 + keyword.length;
  let compressed = false;
  if (ascii(bytes, chunk + 4, 'zTXt')) {
    compressed = true;
    at += 1; // compression method
  } else if (ascii(bytes, chunk + 4, 'iTXt')) {
    compressed = u8(bytes, at) !== 0;
    at = behindZero(bytes, behindZero(bytes, at + 2, end), end); // behind flag, method, language and translated keyword
  }
  const data = bytes.subarray(Math.min(at, end), end);
  return compressed ? inflated(data) : data;
}

function behindZero(bytes: Uint8Array, from: number, end: number): number {
  const zero = bytes.subarray(from, end).indexOf(0);
  return zero === -1 ? end : from + zero + 1;
}

/** Of a stream that is cut, the part that is there. */
function inflated(data: Uint8Array): Uint8Array {
  try {
    return inflateSync(data, { maxOutputLength: MAX_TEXT, finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array();
  }
}

/** A profile is an empty line, a line with its name, a line with its length in bytes, and the bytes in lines of digits. */
function unhex(text: Uint8Array): Uint8Array {
  let digits = 0;
  for (let lines = 0; lines < 3; lines++) {
    digits = text.indexOf(0x0a, digits) + 1;
    if (digits === 0) return new Uint8Array();
  }
  const hex = Buffer.from(text.subarray(digits, digits + MAX_HEX)).toString('latin1');
  return Buffer.from(hex.replace(/\s+/g, ''), 'hex');
}
