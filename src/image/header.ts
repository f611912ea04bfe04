/**
 * Reads the header of an image: format, size, and whether the fast decoder may take it. It runs on the event loop for
 * every image, so it takes about a microsecond for ordinary files: no pixels are decoded, little is allocated and
 * the number of steps is bounded. It never throws and never reads past the end.
 */
import type { Failure } from '../errors.ts';
import { ascii, u8 } from './bytes.ts';
import { foreignFormat } from './foreign.ts';
import { readJpeg } from './jpeg.ts';
import { readPng, type PngHeader } from './png.ts';
import { unsupported } from './refusal.ts';
import { readWebp, type WebpHeader } from './webp.ts';

export type ImageFormat = 'jpeg' | 'png' | 'webp';

/** Plain scalars only: it is cloned into the worker with each batch. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** Pixels as stored, before any orientation is applied. */
  readonly width: number;
  readonly height: number;
  /**
   * A JPEG for the fast decoder: 8 bit, baseline or progressive Huffman, grey or YCbCr, upright. False in doubtful
   * cases, because the slow decoder can decide them.
   */
  readonly fast: boolean;
  /** Progressive JPEG: several passes over all coefficients, two to four times the cost of a baseline one. */
  readonly progressive: boolean;
  /** 1 grey, 2 grey and alpha, 3 colour (also a palette), 4 colour and alpha; for JPEG 4 is CMYK. */
  readonly channels: number;
  /**
   * EXIF orientation 1 to 8 of a JPEG, also from XMP. 0 for the other formats, whose metadata may be compressed or
   * follow the picture: there the worker reads it (pngOrientation, webpOrientation).
   */
  readonly orientation: number;
}

const EMPTY: Failure = { code: 'EMPTY_BODY', detail: 'The image has no bytes.' };
const NOT_AN_IMAGE: Failure = {
  code: 'NOT_AN_IMAGE',
  detail: 'The bytes do not begin like any image; JPEG, PNG and WebP are served.',
};

/** The header of a JPEG, PNG or WebP; a Failure for anything else. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | Failure {
  if (bytes.length === 0) return EMPTY;
  if (isJpeg(bytes)) {
    const read = readJpeg(bytes);
    if ('code' in read) return read;
    const { width, height, fast, progressive, channels, orientation } = read;
    return { format: 'jpeg', width, height, fast, progressive, channels, orientation };
  }
  if (isPng(bytes)) return forTheSlowDecoder('png', readPng(bytes));
  if (isWebp(bytes)) return forTheSlowDecoder('webp', readWebp(bytes));
  const foreign = foreignFormat(bytes);
  return foreign === undefined ? NOT_AN_IMAGE : unsupported(`${foreign} images`);
}

const isJpeg = (bytes: Uint8Array): boolean =>
  u8(bytes, 0) === 0xff && u8(bytes, 1) === 0xd8 && (bytes.length < 3 || u8(bytes, 2) === 0xff);
const isPng = (bytes: Uint8Array): boolean => ascii(bytes, 1, 'PNG') && u8(bytes, 0) === 0x89;
const isWebp = (bytes: Uint8Array): boolean =>
  ascii(bytes, 0, 'RIFF') && (bytes.length < 12 || ascii(bytes, 8, 'WEBP'));

function forTheSlowDecoder(
  format: ImageFormat,
  read: PngHeader | WebpHeader | Failure,
): ImageHeader | Failure {
  if ('code' in read) return read;
  const { width, height, channels } = read;
  return { format, width, height, fast: false, progressive: false, channels, orientation: 0 };
}
