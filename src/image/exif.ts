/** The one fact that is read of a block of EXIF. */
import { ascii, u16, u16le, u32, u32le } from './bytes.ts';

/** Orientation of an EXIF block in [from, end); 0 where there is none. */
export function exifOrientation(bytes: Uint8Array, from: number, end: number): number {
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
