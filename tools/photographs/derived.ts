/**
 * One photograph made from a fixture: a part of it, at another size, with grain, in another encoding. Reads the fixtures and
 * writes nothing.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import sharp from 'sharp';
import { seededRandom } from '../random/seeded.ts';

export const FIXTURES = join(import.meta.dirname, '../../test/fixtures/photos');

/** Of the encoders: with others the bytes differ. */
export const versions = sharp.versions;

export interface Derived {
  /** The seed of its grain too. */
  readonly name: string;
  readonly from: string;
  readonly width: number;
  readonly height: number;
  /** JPEG quality; a PNG when undefined. */
  readonly quality?: number;
  readonly progressive?: boolean;
  /** Levels of grain, as of a sensor: an enlarged photograph without it is far fewer bytes than what a camera sends. */
  readonly grain: number;
  /** The part that is kept, as shares of width and height: left, top, width, height. */
  readonly part?: readonly [left: number, top: number, width: number, height: number];
  readonly mirrored?: boolean;
}

/** The encoded picture: the same bytes for the same picture and versions. */
export async function derivePhotograph(derived: Derived): Promise<Buffer> {
  const { width, height, quality } = derived;
  const picture = await pixelsOf(derived);
  addGrain(picture, derived);
  const image = sharp(picture, { raw: { width, height, channels: 3 } });
  return quality === undefined
    ? image.png({ compressionLevel: 6 }).toBuffer()
    : image.jpeg({ quality, progressive: derived.progressive ?? false }).toBuffer();
}

async function pixelsOf({ from, part = [0, 0, 1, 1], width, height, mirrored }: Derived): Promise<Buffer> {
  const source = sharp(join(FIXTURES, from));
  const size = await source.metadata();
  const [left, top, wide, high] = part;
  const cut = source
    .extract({
      left: Math.floor(left * size.width),
      top: Math.floor(top * size.height),
      width: Math.floor(wide * size.width),
      height: Math.floor(high * size.height),
    })
    .resize(width, height, { fit: 'cover', kernel: 'cubic' })
    .toColourspace('srgb')
    .removeAlpha();
  return (mirrored === true ? cut.flop() : cut).raw().toBuffer();
}

/** The sum of two uniform numbers is near enough to a sensor's noise; the same for all channels of a pixel. */
function addGrain(pixels: Buffer, { name, grain }: Derived): void {
  if (grain === 0) return;
  const random = seededRandom(createHash('sha256').update(name).digest().readUInt32LE());
  for (let at = 0; at < pixels.length; at += 3) {
    const noise = Math.round((random() + random() - 1) * 2 * grain);
    for (let channel = at; channel < at + 3; channel++) {
      pixels[channel] = Math.min(255, Math.max(0, pixels[channel]! + noise));
    }
  }
}
