/** Recognises formats that are not served by their first bytes, so that the error can name them. */
import { ascii, u16le, u32le, u8 } from './bytes.ts';

/** The name of the format; undefined if it is not known. */
export function foreignFormat(bytes: Uint8Array): string | undefined {
  if (ascii(bytes, 0, 'GIF8')) return 'GIF';
  if (
    ascii(bytes, 0, 'II*\0') ||
    ascii(bytes, 0, 'MM\0*') ||
    ascii(bytes, 0, 'II+\0') ||
    ascii(bytes, 0, 'MM\0+')
  ) {
    return 'TIFF';
  }
  // Two letters are not enough: the two reserved fields of the file header must be zero as well.
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
  return ascii(bytes, 8, 'crx ') ? 'Canon raw' : undefined; // anything else with this box is a video
}

/** Looks for `<svg` in the first KiB of a file that begins with `<`. */
function isSvg(bytes: Uint8Array): boolean {
  let at = u8(bytes, 0) === 0xef ? 3 : 0; // byte order mark
  while (at < 64 && u8(bytes, at) <= 0x20 && at < bytes.length) at++;
  if (u8(bytes, at) !== 0x3c) return false;
  for (const end = Math.min(bytes.length, 1024); at < end; at++) if (ascii(bytes, at, '<svg')) return true;
  return false;
}
