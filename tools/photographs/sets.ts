/**
 * Photographs to load a server with: those of the tests as they are, a mix of the sizes that phones and web pages send,
 * and ones that nobody has tuned for. The made ones are the same on every run (seeded noise, fixed crops) and are kept
 * in a folder between runs. Never changes the fixtures.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIXTURES, derivePhotograph, versions, type Derived } from './derived.ts';

export interface Photograph {
  /** Of its file, unique in its set. */
  readonly name: string;
  readonly bytes: Buffer;
  readonly mediaType: 'image/jpeg' | 'image/png';
}

const CACHE = join(tmpdir(), 'ortolan-bench', 'photographs');
/** The usual photograph of a web page: 35 to 80 KB, half a megabyte of pixels at most. Progressive ones are in the mix. */
const STANDARD = ['cat.jpg', 'coffee.jpg', 'tripod.jpg'];

/** 200 KB to 8 MB; small ones more often, as in life. The names say what the pictures are. */
const MIX: readonly Derived[] = [
  { name: 'web-1', from: 'rocket.jpg', width: 800, height: 600, quality: 93, grain: 9 },
  { name: 'web-2', from: 'flower.jpg', width: 800, height: 600, quality: 93, grain: 11 },
  { name: 'web-png', from: 'coffee.png', width: 600, height: 400, grain: 0 },
  { name: '1mp-1', from: 'china.jpg', width: 1152, height: 864, quality: 88, grain: 6 },
  { name: '1mp-2', from: 'cat.jpg', width: 1152, height: 864, quality: 88, grain: 8 },
  {
    name: '1mp-progressive',
    from: 'coffee.jpg',
    width: 1152,
    height: 864,
    quality: 88,
    progressive: true,
    grain: 7,
  },
  { name: '1mp-png', from: 'flower.jpg', width: 1152, height: 864, grain: 3 },
  { name: '3mp-1', from: 'flower.jpg', width: 2048, height: 1536, quality: 88, grain: 7 },
  {
    name: '3mp-progressive',
    from: 'china.jpg',
    width: 2048,
    height: 1536,
    quality: 88,
    progressive: true,
    grain: 7,
  },
  { name: '12mp-1', from: 'rocket.jpg', width: 4032, height: 3024, quality: 88, grain: 8 },
  { name: '12mp-2', from: 'china.jpg', width: 4032, height: 3024, quality: 96, grain: 14 },
];

/** About the size of the standard ones, and never any of them: other parts, other shapes, other compression. */
const UNSEEN: readonly Derived[] = [
  {
    name: 'espresso',
    from: 'coffee.png',
    width: 481,
    height: 373,
    quality: 85,
    grain: 2,
    part: [0.18, 0.06, 0.8, 0.9],
    mirrored: true,
  },
  {
    name: 'temple',
    from: 'china.jpg',
    width: 500,
    height: 333,
    quality: 80,
    grain: 0,
    part: [0.1, 0.1, 0.85, 0.85],
    mirrored: true,
  },
  {
    name: 'daisy',
    from: 'flower.jpg',
    width: 375,
    height: 500,
    quality: 88,
    grain: 3,
    part: [0.25, 0, 0.6, 1],
    mirrored: true,
  },
  {
    name: 'launch',
    from: 'rocket.jpg',
    width: 427,
    height: 569,
    quality: 90,
    grain: 3,
    part: [0.3, 0.05, 0.5, 0.95],
  },
  {
    name: 'whiskers',
    from: 'cat.jpg',
    width: 517,
    height: 389,
    quality: 90,
    grain: 4,
    part: [0.2, 0.1, 0.7, 0.8],
    mirrored: true,
  },
];

/** Photographs of the fixtures that a web page might show. */
export async function standard(): Promise<readonly Photograph[]> {
  return Promise.all(
    STANDARD.map(async (name) => ({
      name,
      bytes: await readFile(join(FIXTURES, name)),
      mediaType: 'image/jpeg' as const,
    })),
  );
}

/** 200 KB to 8 MB, 0.2 to 12 megapixels, some progressive, some PNG; made on the first call, some seconds. */
export async function mixOfSizes(folder = CACHE): Promise<readonly Photograph[]> {
  return made(MIX, join(folder, 'mix'));
}

/** What was measured with the standard ones should hold with these too: else something is tuned to three pictures. */
export async function unseen(folder = CACHE): Promise<readonly Photograph[]> {
  return made(UNSEEN, join(folder, 'unseen'));
}

/** Reads the set from its folder, which it makes first where it is not whole. */
async function made(set: readonly Derived[], under: string): Promise<readonly Photograph[]> {
  const folder = `${under}-${await fingerprint(set)}`;
  const files = await readdir(folder).catch((): string[] => []);
  if (!set.every((derived) => files.includes(fileOf(derived)))) {
    await mkdir(folder, { recursive: true });
    for (const derived of set) {
      const file = join(folder, fileOf(derived));
      // Under another name first: what is there under its own name is whole.
      await writeFile(`${file}.part`, await derivePhotograph(derived));
      await rename(`${file}.part`, file);
    }
  }
  return Promise.all(
    set.map(async (derived) => ({
      name: fileOf(derived),
      bytes: await readFile(join(folder, fileOf(derived))),
      mediaType: derived.quality === undefined ? ('image/png' as const) : ('image/jpeg' as const),
    })),
  );
}

const fileOf = ({ name, quality }: Derived): string => `${name}${quality === undefined ? '.png' : '.jpg'}`;

/** Of everything that decides the bytes, so that a folder of other bytes is never taken for this set. */
async function fingerprint(set: readonly Derived[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([set, versions]));
  for (const source of ['derived.ts', '../random/seeded.ts']) {
    hash.update(await readFile(join(import.meta.dirname, source)));
  }
  return hash.digest('hex').slice(0, 12);
}
