/** Reads the header of a JPEG: the segments before the first scan. */
import type { Failure } from '../errors.ts';
import { ascii, u16, u8 } from './bytes.ts';
import { exifOrientation } from './exif.ts';
import { corrupt, truncated, unsupported } from './refusal.ts';
import { xmpOrientation } from './xmp.ts';

export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  readonly fast: boolean;
  readonly progressive: boolean;
  readonly channels: number;
  readonly orientation: number;
}

/**
 * Bound for the walk over segments and stray bytes. Real files need some dozens (a large ICC profile or XMP
 * block is cut into pieces of 64 KiB); a file made of 4-byte segments would hold the event loop for 20 ms.
 */
const MAX_STEPS = 20_000;

const HIERARCHICAL = unsupported('Hierarchical JPEGs', 'a baseline or progressive one');

/** EXIF of more than 64 KiB is split into segments. The orientation is near the start, so the first ones are enough. */
const MAX_EXIF_SEGMENTS = 16;

/** First bytes of an APP1 segment with EXIF, and of one with XMP. */
const EXIF = 'Exif\0\0';
const XMP = 'http://ns.adobe.com/xap/1.0/\0';

/** Where the metadata of a JPEG is, in bytes from the start of the file. */
interface Metadata {
  /** Begin and end of each segment with EXIF. */
  readonly exif: number[];
  /** Of the last segment with XMP; 0 if there is none. */
  xmpFrom: number;
  xmpEnd: number;
}

export function readJpeg(bytes: Uint8Array): JpegHeader | Failure {
  const end = bytes.length;
  let at = 2;
  let frame = -1; // offset of the frame header's first byte after its length
  let marker = 0;
  let coding = 0;
  let adobe = -1;
  const metadata: Metadata = { exif: [], xmpFrom: 0, xmpEnd: 0 };
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
    if (marker === 0xde) return HIERARCHICAL;
    if (isFrame(marker)) {
      if (frame >= 0) return corrupt('JPEG', 'it has two frame headers');
      if (length < 8 || length !== 8 + 3 * u8(bytes, at + 7))
        return corrupt('JPEG', 'its frame header is wrong');
      frame = at + 2;
      coding = marker;
    } else if (marker === 0xee && length >= 14 && ascii(bytes, at + 2, 'Adobe')) {
      adobe = u8(bytes, at + 13);
    } else if (marker === 0xe1) {
      noteMetadata(metadata, bytes, at + 2, at + length);
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
  const refusal = refuseKind(coding, u8(bytes, frame));
  if (refusal !== undefined) return refusal;
  const orientation = orientationIn(bytes, metadata);
  const huffman = coding === 0xc0 || coding === 0xc2;
  const fast = huffman && orientation === 1 && (channels === 1 || isYcc(bytes, frame, channels, adobe));
  const progressive = coding === 0xc2 || coding === 0xca;
  return { width, height, fast, progressive, channels, orientation };
}

/** SOF0 to SOF15, except for the three numbers that mean tables (DHT, DAC) or are reserved (JPG). */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Refuses what neither decoder reads. sharp reads arithmetic coding and lossless frames, but not both together. */
function refuseKind(coding: number, bits: number): Failure | undefined {
  if (bits < 2 || bits > 16) return corrupt('JPEG', `it has ${bits} bits a sample`);
  if (bits !== 8) return unsupported(`JPEGs of ${bits} bits a sample`, 'one of 8 bits');
  if (coding === 0xcb)
    return unsupported('Lossless JPEGs with arithmetic coding', 'a baseline or progressive one');
  // SOF5 to SOF7 and SOF13 to SOF15 are frames that hold the difference from another frame.
  return (coding & 0x07) >= 5 ? HIERARCHICAL : undefined;
}

/** As libjpeg decides it (jdapimin.c), except that the answer is no if the Adobe and JFIF markers contradict each other. */
function isYcc(bytes: Uint8Array, frame: number, channels: number, adobe: number): boolean {
  if (channels !== 3 || (adobe !== -1 && adobe !== 1)) return false;
  const first = u8(bytes, frame + 6);
  return !(first === 0x52 && u8(bytes, frame + 9) === 0x47 && u8(bytes, frame + 12) === 0x42); // ids R, G, B
}

function noteMetadata(metadata: Metadata, bytes: Uint8Array, from: number, end: number): void {
  if (ascii(bytes, from, EXIF)) {
    if (metadata.exif.length < 2 * MAX_EXIF_SEGMENTS) metadata.exif.push(from, end);
  } else if (ascii(bytes, from, XMP)) {
    metadata.xmpFrom = from + XMP.length;
    metadata.xmpEnd = end;
  }
}

/** EXIF counts before XMP. */
function orientationIn(bytes: Uint8Array, { exif, xmpFrom, xmpEnd }: Metadata): number {
  const [from = 0, end = 0] = exif;
  const block = exif.length > 2 ? joined(bytes, exif) : undefined;
  const stated = block ? exifOrientation(block, 0, block.length) : exifOrientation(bytes, from, end);
  return stated ?? (xmpEnd > 0 ? xmpOrientation(bytes, xmpFrom, xmpEnd) : undefined) ?? 1;
}

/** Joins the segments into one block; only the first keeps its prefix. */
function joined(bytes: Uint8Array, exif: readonly number[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < exif.length; i += 2) {
    pieces.push(bytes.subarray((exif[i] ?? 0) + (i === 0 ? 0 : EXIF.length), exif[i + 1]));
  }
  return Buffer.concat(pieces);
}
