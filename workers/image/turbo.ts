/**
 * The fast decoder, and the only door to jpeg-turbo: a JPEG of ordinary size straight to RGB, synchronously,
 * into memory that the caller owns. It takes no chances: what it would rather not decode it leaves alone, and
 * the slow decoder's verdict counts. Its fast DCT is off by one level in the mean, and in
 * single pixels of a photograph by up to 18.
 */
import jpegTurbo from '@julusian/jpeg-turbo';
import type { ImageHeader } from '../../src/image-header.ts';

/** Above this, or at twice the target's side, decoding at a reduced size wins: 26 ms against 80 at 12 Mpx. */
const MAX_PIXELS = 2_000_000;

/** Whether the fast decoder is allowed to try, going by the header. */
export const suitsTurbo = (header: ImageHeader, resize: number): boolean =>
  header.fast &&
  header.width * header.height <= MAX_PIXELS &&
  Math.min(header.width, header.height) < 2 * resize;

/**
 * Decodes into `target` (width * height * 3 bytes). False when it will not, or when libjpeg-turbo has as much as
 * a warning: then nothing is known about the file, and `target` may be half written.
 */
export function decodeTurbo(bytes: Uint8Array, header: ImageHeader, target: Buffer): boolean {
  // The binding and its wrapper want Buffers; these are views, also over a SharedArrayBuffer.
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const image = jpegTurbo.decompressSync(file, target, { format: jpegTurbo.FORMAT_RGB });
    return image.width === header.width && image.height === header.height;
  } catch {
    return false;
  }
}
