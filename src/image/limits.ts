/** Which images are too large to be decoded, judged from the header alone, before any memory is spent; and which URLs too long. */
import type { Failure } from '../errors.ts';
import type { ImageHeader } from './header.ts';

/**
 * The longest side that JPEG can have. PNG allows more, and a picture one pixel wide and 40 million high (78 kB)
 * held a worker for 20 s: libvips works row by row.
 */
const MAX_SIDE = 65_535;

/** Longest URL of an image: those of object stores carry tokens of some thousand characters. */
export const MAX_URL_CHARACTERS = 8192;

/** IMAGE_TOO_LARGE, or undefined for an image that may be decoded. */
export function refuseLarge({ width, height }: ImageHeader, maxPixels: number): Failure | undefined {
  if (width * height <= maxPixels && width <= MAX_SIDE && height <= MAX_SIDE) return undefined;
  const detail = `The image is ${width} x ${height}; this server decodes ${maxPixels} pixels, and sides up to ${MAX_SIDE}.`;
  return { code: 'IMAGE_TOO_LARGE', detail };
}
