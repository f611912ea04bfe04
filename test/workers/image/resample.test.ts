import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import type { Preprocess } from '../../../src/thread/load.ts';
import { Resampler, type Pixels } from '../../../workers/image/resample.ts';
import { geometryOf } from '../../../workers/image/geometry.ts';

interface DigestCase extends Preprocess {
  readonly width: number;
  readonly height: number;
  readonly pattern: 'noise' | 'gradient';
  readonly seed: number;
  readonly sha256: string;
}

const MEGABYTE = 1024 * 1024;
const file = new URL('../../fixtures/resample-digests.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: DigestCase[] };

/** The patterns that the digests file describes. */
function drawn({ width, height, pattern, seed }: Omit<DigestCase, keyof Preprocess | 'sha256'>): Pixels {
  const data = new Uint8Array(width * height * 3);
  if (pattern === 'noise') {
    for (let i = 0; i < data.length; i++) data[i] = Math.imul(i + seed, 2_654_435_761) >>> 24;
    return { data, width, height };
  }
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      data[i] = Math.floor((x * 255) / Math.max(width - 1, 1));
      data[i + 1] = Math.floor((y * 255) / Math.max(height - 1, 1));
      data[i + 2] = (x + y + seed) & 255;
    }
  }
  return { data, width, height };
}

const noise = (width: number, height: number): Pixels => drawn({ width, height, pattern: 'noise', seed: 7 });

function fromSource(resampler: Resampler, pixels: Pixels, preprocess: Preprocess): Uint8Array {
  const { width, height, data } = pixels;
  resampler.begin(preprocess.crop ** 2 * 3, preprocess);
  const room = resampler.room(width, height);
  room.bytes.set(data);
  resampler.scaleRoom(room, resampler.batchAddress);
  return new Uint8Array(resampler.buffer, resampler.batchAddress, preprocess.crop ** 2 * 3);
}

function fromOutside(resampler: Resampler, pixels: Pixels, preprocess: Preprocess): Uint8Array {
  resampler.begin(preprocess.crop ** 2 * 3, preprocess);
  resampler.scale(pixels, resampler.batchAddress);
  return new Uint8Array(resampler.buffer, resampler.batchAddress, preprocess.crop ** 2 * 3);
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

t.test('pixels equal those of Pillow', (t) => {
  const resampler = new Resampler(64 * MEGABYTE);
  for (const one of cases) {
    const { width, height, filter, resize, crop } = one;
    const pixels = drawn(one);
    const name = `${width} x ${height} ${filter} ${resize} ${crop}`;
    t.equal(digest(fromSource(resampler, pixels, one)), one.sha256, name);
    t.equal(digest(fromOutside(resampler, pixels, one)), one.sha256, `${name}, from outside`);
  }
  t.end();
});

/** Pillow's algorithm in the plainest form: whole picture, one number at a time. Horizontal pass first. */
function plain({ data, width, height }: Pixels, { resize, crop, filter }: Preprocess): Uint8Array {
  const scaled = geometryOf(width, height, resize, crop);
  const weigh = (x: number): number => {
    if (filter === 'bilinear') return Math.max(0, 1 - x);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
  };
  const pass = (size: number, target: number, output: number, at: (index: number) => number): number => {
    const scale = size / target;
    const stretch = Math.max(1, scale);
    const support = (filter === 'bicubic' ? 2 : 1) * stretch;
    const centre = (output + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(size, Math.trunc(centre + support + 0.5));
    const weights: number[] = [];
    let total = 0;
    for (let i = first; i < end; i++) {
      const weight = weigh(Math.abs((i - centre + 0.5) * (1 / stretch)));
      weights.push(weight);
      total += weight;
    }
    let sum = 1 << 21;
    weights.forEach((weight, i) => {
      const fixed = (weight / total) * (1 << 22);
      sum += at(first + i) * Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    });
    return Math.min(255, Math.max(0, sum >> 22));
  };
  const between = new Uint8Array(crop * height * 3);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < crop * 3; i++) {
      const column = scaled.left + Math.floor(i / 3);
      const value = pass(width, scaled.width, column, (x) => data[(y * width + x) * 3 + (i % 3)] ?? NaN);
      between[y * crop * 3 + i] = value;
    }
  }
  const result = new Uint8Array(crop * crop * 3);
  for (let i = 0; i < result.length; i++) {
    const row = scaled.top + Math.floor(i / (crop * 3));
    result[i] = pass(height, scaled.height, row, (y) => between[y * crop * 3 + (i % (crop * 3))] ?? NaN);
  }
  return result;
}

t.test('any size gives what the plain algorithm gives', (t) => {
  const resampler = new Resampler(64 * MEGABYTE);
  const check = fc.property(
    fc.integer({ min: 1, max: 90 }),
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 20 }),
    fc.nat({ max: 10 }),
    fc.constantFrom<'bicubic' | 'bilinear'>('bicubic', 'bilinear'),
    fc.infiniteStream(fc.constantFrom(0, 255, 128, 1, 254)),
    (width, height, crop, margin, filter, stream) => {
      if (height > 2 * width) return; // vertically first: the digests have those
      const data = Uint8Array.from({ length: width * height * 3 }, () => Number(stream.next().value));
      const preprocess: Preprocess = { crop, resize: crop + margin, filter };
      const pixels = { data, width, height };
      const expected = Buffer.from(plain(pixels, preprocess));
      if (!expected.equals(fromSource(resampler, pixels, preprocess)))
        throw new Error('from the source area');
      if (!expected.equals(fromOutside(resampler, pixels, preprocess))) throw new Error('from outside');
    },
  );
  t.doesNotThrow(() => fc.assert(check, { numRuns: 150 }));
  t.end();
});

t.test('a scale of forty has room for its taps', (t) => {
  const resampler = new Resampler(64 * MEGABYTE);
  const preprocess: Preprocess = { resize: 32, crop: 32, filter: 'bicubic' };
  for (const pixels of [noise(1280, 1280), noise(1280, 3900)]) {
    const inside = digest(fromSource(resampler, pixels, preprocess));
    t.equal(digest(fromOutside(resampler, pixels, preprocess)), inside);
  }
  t.end();
});

t.test('an image far larger than the memory goes through it in bands', (t) => {
  const resampler = new Resampler(4 * MEGABYTE);
  const preprocess: Preprocess = { resize: 256, crop: 224, filter: 'bicubic' };
  const roomy = new Resampler(64 * MEGABYTE);
  for (const pixels of [noise(3000, 2000), noise(1500, 4000)]) {
    const expected = digest(fromSource(roomy, pixels, preprocess));
    t.equal(digest(fromOutside(resampler, pixels, preprocess)), expected);
  }
  t.ok(resampler.buffer.byteLength <= 4 * MEGABYTE);
  t.end();
});

t.test('an image that does not fit the maximum is refused and the next one works', (t) => {
  const resampler = new Resampler(2 * MEGABYTE);
  const preprocess: Preprocess = { resize: 256, crop: 224, filter: 'bicubic' };
  resampler.begin(224 * 224 * 3, preprocess);
  t.throws(() => resampler.room(3000, 2000), { code: 'IMAGE_TOO_LARGE' });
  t.throws(() => resampler.begin(3 * MEGABYTE, preprocess), { code: 'INTERNAL' });
  const small = noise(300, 300);
  const expected = digest(fromSource(new Resampler(8 * MEGABYTE), small, preprocess));
  t.equal(digest(fromSource(resampler, small, preprocess)), expected);
  t.end();
});

t.test('loads past the last pixel stay inside the memory, wherever its end happens to be', (t) => {
  const preprocess: Preprocess = { resize: 1, crop: 1, filter: 'bicubic' };
  const run = (): void => {
    for (const [width = 0, height = 0] of [
      [2, 5],
      [5, 5],
      [1, 1],
      [5, 2],
    ]) {
      const resampler = new Resampler(MEGABYTE);
      // Moves all areas by 16 bytes at a time, until their end has passed the end of a page: behind it a load traps.
      for (let batchBytes = 0; batchBytes < 140_000; batchBytes += 16) {
        resampler.begin(batchBytes, preprocess);
        resampler.scaleRoom(resampler.room(width, height), resampler.cropAddress);
      }
    }
  };
  t.doesNotThrow(run);
  t.end();
});

t.test('one image never touches the rows of another, in any order and at any width', (t) => {
  const small = new Resampler(64 * MEGABYTE);
  for (const crop of [1, 5, 16, 33]) {
    for (const pixels of [noise(50, 60), noise(60, 700)]) {
      const preprocess: Preprocess = { resize: crop, crop, filter: 'bicubic' };
      const expected = Buffer.from(fromOutside(small, pixels, preprocess));
      const rowBytes = crop * crop * 3;
      small.begin(3 * rowBytes, preprocess);
      const batch = () => Buffer.from(small.buffer, small.batchAddress, 3 * rowBytes);
      batch().fill(0xaa);
      small.scale(pixels, small.batchAddress + rowBytes);
      t.ok(
        batch()
          .subarray(0, rowBytes)
          .every((byte) => byte === 0xaa),
      );
      t.ok(
        batch()
          .subarray(2 * rowBytes)
          .every((byte) => byte === 0xaa),
      );
      t.ok(
        batch()
          .subarray(rowBytes, 2 * rowBytes)
          .equals(expected),
      );
    }
  }
  t.end();
});

t.test('the batch outlives a growth of the memory', (t) => {
  const resampler = new Resampler(64 * MEGABYTE);
  const preprocess: Preprocess = { resize: 256, crop: 224, filter: 'bilinear' };
  const rowBytes = 224 * 224 * 3;
  resampler.begin(2 * rowBytes, preprocess);
  resampler.scale(noise(300, 300), resampler.batchAddress);
  const before = resampler.buffer;
  const first = digest(new Uint8Array(before, resampler.batchAddress, rowBytes));
  resampler.room(1500, 1300);
  t.not(resampler.buffer, before);
  t.equal(digest(new Uint8Array(resampler.buffer, resampler.batchAddress, rowBytes)), first);
  t.end();
});
