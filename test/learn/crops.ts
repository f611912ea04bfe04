/**
 * Photographs of the tests as a bad camera takes them: small parts, dark, blurred. The model in the box is often wrong about them, and
 * what each shows is known.
 */
import { join } from 'node:path';
import sharp from 'sharp';
import { seededRandom } from '../../tools/random/seeded.ts';
import { PHOTOS } from '../support/start-server.ts';

/** What the photographs show, by the labels of the model in the box. */
const SHOWN: Readonly<Record<string, string>> = {
  'cat.jpg': 'tabby',
  'coffee.jpg': 'espresso',
  'flower.jpg': 'daisy',
  'rocket.jpg': 'missile',
  'tripod.jpg': 'tripod',
};

export const labelOf = (from: string): string => SHOWN[from]!;

export interface Crop {
  readonly from: string;
  readonly bytes: Buffer;
}

const EACH = 24;
const TAUGHT = 14;

/** Crops to be labelled, and others that nobody trains on. The same on every run. */
export async function derivedCrops(): Promise<{ taught: Crop[]; heldOut: Crop[] }> {
  const random = seededRandom(20261201);
  const [taught, heldOut]: [Crop[], Crop[]] = [[], []];
  for (const from of Object.keys(SHOWN)) {
    for (let i = 0; i < EACH; i++) {
      const bytes = await cropOf(join(PHOTOS, from), random);
      (i < TAUGHT ? taught : heldOut).push({ from, bytes });
    }
  }
  return { taught, heldOut };
}

async function cropOf(file: string, random: () => number): Promise<Buffer> {
  const { width, height } = await sharp(file).metadata();
  const side = Math.floor(Math.min(width, height) * (0.35 + 0.3 * random()));
  const left = Math.floor((width - side) * (0.25 + 0.5 * random()));
  const top = Math.floor((height - side) * (0.25 + 0.5 * random()));
  return sharp(file)
    .extract({ left, top, width: side, height: side })
    .resize(256, 256)
    .blur(1.5 + random())
    .linear(0.45, 0)
    .jpeg({ quality: 80 })
    .toBuffer();
}
