/**
 * The slow decoder, for all images that the fast one does not take; the only file that imports sharp. sharp is loaded
 * when the first image needs it, because many servers never do. It works on a thread of libuv's pool while the caller
 * waits. Output is always 8-bit RGB, upright; an embedded ICC profile is not applied to grey and RGB (Pillow's
 * convert('RGB') does not either), and alpha is dropped, not blended.
 *
 * libvips reads `bytes` while it works: they must not change before the promise settles.
 */
import type { Sharp } from 'sharp';
import type { Failure } from '../../src/errors.ts';
import type { ImageHeader } from '../../src/image/header.ts';
import { pngOrientation } from '../../src/image/png-orientation.ts';
import { truncated } from '../../src/image/refusal.ts';
import { webpOrientation } from '../../src/image/webp.ts';
import type { Preprocess } from '../../src/thread/load.ts';
import { geometryOf } from './geometry.ts';
import { damageOf } from './png-damage.ts';
import type { Pixels } from './resample.ts';

/**
 * Time limit for one image; only a hostile file takes so long. A batch of two such files stays below the time after which
 * a worker counts as stuck.
 */
const TIMEOUT_SECONDS = 10;

/** Parts of sharp's error messages. */
const PIXEL_LIMIT = 'exceeds pixel limit';
const TIMEOUT = 'timeout';

const LOADERS = ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'];

/** One transparent pixel. */
const TINY_GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

type Factory = typeof import('sharp').default;

let loaded: Promise<Factory> | undefined;

/** sharp after prepare(). If loading fails, the next image tries again. */
function load(): Promise<Factory> {
  loaded ??= prepare();
  loaded.catch(() => (loaded = undefined));
  return loaded;
}

/**
 * Loads sharp and disables the loaders of libvips for formats that are not served. The list belongs to the process, not to
 * the thread, and between block() and unblock() no format can be loaded. So a worker first checks, with an image of a
 * blocked format, whether another worker has done this already.
 */
async function prepare(): Promise<Factory> {
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  sharp.concurrency(1);
  const open = await sharp(TINY_GIF)
    .metadata()
    .then(
      () => true,
      () => false,
    );
  if (open) {
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: LOADERS });
  }
  return sharp;
}

/** All pixels. 3 bytes for each, outside the resampler's memory: at most 3 * maxPixels. */
export async function decodeWhole(
  bytes: Uint8Array,
  header: ImageHeader,
  maxPixels: number,
): Promise<Pixels> {
  const sharp = await load();
  const orientation = orientationOf(bytes, header);
  try {
    return await pixelsOf(upright(open(sharp, bytes, header, maxPixels), orientation));
  } catch (error) {
    const repaired = header.format === 'png' && !isLimit(error) ? damageOf(bytes).repaired : undefined;
    if (repaired === undefined) throw error;
    return pixelsOf(upright(open(sharp, repaired, header, maxPixels), orientation));
  }
}

/**
 * All of the picture at the size that `preprocess` scales to; a JPEG is decoded at a half, a quarter or an eighth
 * where that is large enough. One step less than the fastest (fastShrinkOnLoad) keeps the result within 0.3
 * levels of the exact one in the mean instead of 0.7, for a fifth more time.
 */
export async function decodeScaled(
  bytes: Uint8Array,
  header: ImageHeader,
  maxPixels: number,
  { resize, crop, filter }: Preprocess,
): Promise<Pixels> {
  const orientation = orientationOf(bytes, header);
  const turned = orientation >= 5;
  const width = turned ? header.height : header.width;
  const height = turned ? header.width : header.height;
  const scaled = geometryOf(width, height, resize, crop);
  const kernel = filter === 'bicubic' ? 'cubic' : 'linear';
  const image = open(await load(), bytes, header, maxPixels).resize(
    turned ? scaled.height : scaled.width,
    turned ? scaled.width : scaled.height,
    { fit: 'fill', kernel, fastShrinkOnLoad: false },
  );
  return pixelsOf(upright(image, orientation));
}

function orientationOf(bytes: Uint8Array, { format, orientation }: ImageHeader): number {
  if (format === 'jpeg') return orientation;
  return format === 'png' ? pngOrientation(bytes) : webpOrientation(bytes);
}

/** For orientations 1 to 8: mirrored left to right, and then turned clockwise by this many degrees. */
const TURNS = [
  [false, 0],
  [true, 0],
  [false, 180],
  [true, 180],
  [true, 270],
  [false, 90],
  [true, 90],
  [false, 270],
] as const;

/** Not autoOrient(), which reads EXIF only. sharp mirrors before it turns, whatever the order of the calls. */
function upright(image: Sharp, orientation: number): Sharp {
  const [mirrored, degrees] = TURNS[orientation - 1] ?? TURNS[0];
  return image.flop(mirrored).rotate(degrees);
}

function open(sharp: Factory, bytes: Uint8Array, header: ImageHeader, maxPixels: number): Sharp {
  const cmyk = header.format === 'jpeg' && header.channels === 4;
  return sharp(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    failOn: 'error',
    limitInputPixels: maxPixels,
    sequentialRead: true,
    pages: 1,
    ignoreIcc: !cmyk,
  });
}

async function pixelsOf(image: Sharp): Promise<Pixels> {
  try {
    return await rawOf(image);
  } catch (error) {
    // Another worker may have been between block() and unblock(): try once more.
    if (!(error instanceof Error) || !error.message.includes('unsupported image format')) throw error;
    return rawOf(image);
  }
}

async function rawOf(image: Sharp): Promise<Pixels> {
  const { data, info } = await image
    .clone()
    .toColourspace('srgb')
    .removeAlpha()
    .timeout({ seconds: TIMEOUT_SECONDS })
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3 || data.length !== info.width * info.height * 3) {
    throw new Error(`decoded to ${info.channels} channels and ${data.length} bytes`);
  }
  return { data, width: info.width, height: info.height };
}

/** RGB pixels of a square, compressed as a JPEG and decoded again. */
export async function recompressed(pixels: Uint8Array, side: number, quality: number): Promise<Uint8Array> {
  const sharp = await load();
  const raw = { width: side, height: side, channels: 3 } as const;
  const file = await sharp(pixels, { raw }).jpeg({ quality }).toBuffer();
  return (await pixelsOf(sharp(file))).data;
}

/** The error for the client when one of the functions above has rejected. */
export function failureOfSharp(error: unknown, bytes: Uint8Array, header: ImageHeader): Failure {
  const name = { jpeg: 'JPEG', png: 'PNG', webp: 'WebP' }[header.format];
  const message = messageOf(error);
  if (message.includes(PIXEL_LIMIT)) {
    return { code: 'IMAGE_TOO_LARGE', detail: `The ${name} has more pixels than the server decodes.` };
  }
  if (message.startsWith(TIMEOUT)) {
    return { code: 'IMAGE_TOO_LARGE', detail: `The ${name} takes more than ${TIMEOUT_SECONDS} s to decode.` };
  }
  if (header.format === 'png') return damageOf(bytes).failure;
  if (message.includes('premature end') || endsEarly(bytes, header.format)) return truncated(name);
  return { code: 'IMAGE_CORRUPT', detail: `The ${name} has a good header, but cannot be decoded.` };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');

const isLimit = (error: unknown): boolean =>
  messageOf(error).includes(PIXEL_LIMIT) || messageOf(error).startsWith(TIMEOUT);

/** Whether the end of a JPEG is missing. The size in the header of a WebP was compared already. */
function endsEarly(bytes: Uint8Array, format: ImageHeader['format']): boolean {
  if (format !== 'jpeg') return false;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // An embedded preview has its own end, but that lies before the picture's scans.
  return (
    file.lastIndexOf('\xff\xd9', undefined, 'latin1') < file.lastIndexOf('\xff\xda', undefined, 'latin1')
  );
}
