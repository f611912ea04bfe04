/**
 * Reads the orientation from a block of EXIF, which is a TIFF file without a picture. Unusual blocks are read as Pillow 13
 * reads them, because models are trained on images that `ImageOps.exif_transpose` has turned.
 */
import { ascii } from './bytes.ts';

const ORIENTATION = 0x0112;

/** Stands before the TIFF header in a JPEG. Other containers may lack it, and some programs write it twice. */
const PREFIX = 'Exif\0\0';

/** Bytes of one value by TIFF type; 0 for unknown types. */
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8];

/**
 * The orientation, 1 to 8, in the block from `from` to `end` (offsets in `bytes`). 1 if the tag has another value or the
 * block is not a TIFF. Undefined if there is no such tag: then XMP may have one.
 */
export function exifOrientation(bytes: Uint8Array, from: number, end: number): number | undefined {
  let start = from;
  if (ascii(bytes, start, PREFIX)) start += PREFIX.length;
  if (ascii(bytes, start, PREFIX)) start += PREFIX.length;
  if (start >= end) return undefined;
  const little = isLittleEndian(bytes, start);
  if (little === undefined || start + 8 > end) return 1;
  // Offsets in TIFF count from its header.
  const tiff = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  const directory = tiff.getUint32(4, little);
  if (directory + 2 > tiff.byteLength) return undefined;
  let left = tiff.getUint16(directory, little);
  let elsewhere = 0;
  for (let entry = directory + 2; left > 0 && entry + 12 <= tiff.byteLength; entry += 12, left--) {
    const type = tiff.getUint16(entry + 2, little);
    const size = tiff.getUint32(entry + 4, little) * (SIZES[type] ?? 0);
    if (size === 0) continue;
    let at = entry + 8;
    if (size > 4) {
      // The entry holds an offset to the value. As in Pillow, a value larger than the block is skipped, and a value that
      // ends outside the block ends the reading.
      elsewhere += size;
      if (elsewhere > tiff.byteLength) continue;
      at = tiff.getUint32(entry + 8, little);
      if (at + size > tiff.byteLength) return undefined;
    }
    if (tiff.getUint16(entry, little) !== ORIENTATION) continue;
    const value = numberAt(tiff, at, type, little);
    return Number.isInteger(value) && value >= 1 && value <= 8 ? value : 1;
  }
  return undefined;
}

/** Undefined if this is not a TIFF header. Pillow accepts the number 42 in the wrong byte order too. */
function isLittleEndian(bytes: Uint8Array, at: number): boolean | undefined {
  if (ascii(bytes, at, 'II*\0') || ascii(bytes, at, 'II\0*')) return true;
  return ascii(bytes, at, 'MM\0*') || ascii(bytes, at, 'MM*\0') ? false : undefined;
}

/** The first value of an entry; NaN for BYTE, ASCII and UNDEFINED. */
function numberAt(tiff: DataView, at: number, type: number, little: boolean): number {
  switch (type) {
    case 3:
      return tiff.getUint16(at, little);
    case 4:
    case 13:
      return tiff.getUint32(at, little);
    case 5:
      return tiff.getUint32(at, little) / tiff.getUint32(at + 4, little);
    case 6:
      return tiff.getInt8(at);
    case 8:
      return tiff.getInt16(at, little);
    case 9:
      return tiff.getInt32(at, little);
    case 10:
      return tiff.getInt32(at, little) / tiff.getInt32(at + 4, little);
    case 11:
      return tiff.getFloat32(at, little);
    case 12:
      return tiff.getFloat64(at, little);
    case 16:
      return Number(tiff.getBigUint64(at, little));
    default:
      return NaN;
  }
}
