/**
 * The orientation in a block of EXIF, which is a TIFF file without a picture. It is read as Pillow 13 reads it, odd
 * cases included, because models are trained on what `ImageOps.exif_transpose` gives.
 */
import { ascii, u16, u16le, u32, u32le } from './bytes.ts';

const ORIENTATION = 0x0112;

/** What each container puts in front of the TIFF header or leaves out; some programs write it twice. */
const PREFIX = 'Exif\0\0';

/** Bytes of one value by TIFF type; 0 for types that are not known. */
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8];

/**
 * The orientation, 1 to 8, in the block from `from` to `end` (offsets in `bytes`). 1 where the tag is there, but is no
 * such number, and for a block that is no TIFF. Undefined without the tag: then XMP may state it.
 */
export function exifOrientation(bytes: Uint8Array, from: number, end: number): number | undefined {
  let tiff = from;
  if (ascii(bytes, tiff, PREFIX)) tiff += PREFIX.length;
  if (ascii(bytes, tiff, PREFIX)) tiff += PREFIX.length;
  if (tiff >= end) return undefined;
  const little = isLittleEndian(bytes, tiff);
  if (little === undefined || tiff + 8 > end) return 1;
  const short = little ? u16le : u16;
  const long = little ? u32le : u32;
  const ifd = tiff + long(bytes, tiff + 4);
  if (ifd + 2 > end) return undefined;
  let elsewhere = 0;
  for (let entry = ifd + 2, left = short(bytes, ifd); left > 0 && entry + 12 <= end; entry += 12, left--) {
    const type = short(bytes, entry + 2);
    const size = long(bytes, entry + 4) * (SIZES[type] ?? 0);
    if (size === 0) continue;
    let at = entry + 8;
    if (size > 4) {
      // The value is elsewhere in the block. Pillow leaves out what cannot fit, and reads no further at one that is cut.
      elsewhere += size;
      if (elsewhere > end - tiff) continue;
      at = tiff + long(bytes, entry + 8);
      if (at + size > end) return undefined;
    }
    if (short(bytes, entry) !== ORIENTATION) continue;
    const value = numberAt(bytes, at, type, little);
    return Number.isInteger(value) && value >= 1 && value <= 8 ? value : 1;
  }
  return undefined;
}

/** Undefined for what is no TIFF. Some writers have the second half of the header in the other order. */
function isLittleEndian(bytes: Uint8Array, tiff: number): boolean | undefined {
  if (ascii(bytes, tiff, 'II*\0') || ascii(bytes, tiff, 'II\0*')) return true;
  return ascii(bytes, tiff, 'MM\0*') || ascii(bytes, tiff, 'MM*\0') ? false : undefined;
}

/** The first value of an entry; NaN for bytes and text. */
function numberAt(bytes: Uint8Array, at: number, type: number, little: boolean): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, SIZES[type]);
  switch (type) {
    case 3:
      return view.getUint16(0, little);
    case 4:
    case 13:
      return view.getUint32(0, little);
    case 5:
      return view.getUint32(0, little) / view.getUint32(4, little);
    case 6:
      return view.getInt8(0);
    case 8:
      return view.getInt16(0, little);
    case 9:
      return view.getInt32(0, little);
    case 10:
      return view.getInt32(0, little) / view.getInt32(4, little);
    case 11:
      return view.getFloat32(0, little);
    case 12:
      return view.getFloat64(0, little);
    case 16:
      return Number(view.getBigUint64(0, little));
    default:
      return NaN;
  }
}
