import { readFileSync } from 'node:fs';
import jpegTurbo from '@julusian/jpeg-turbo';
import fc from 'fast-check';
import sharp from 'sharp';
import t from 'tap';
import { readImageHeader, type ImageHeader } from '../../../src/image/header.ts';
import type { Region } from '../../../workers/image/geometry.ts';
import { reductionOf, regionOf, Turbo, type Reduction } from '../../../workers/image/turbo.ts';

const photo = readFileSync(new URL('../../fixtures/photos/cat.jpg', import.meta.url));
const headerOf = (bytes: Uint8Array): ImageHeader => {
  const header = readImageHeader(bytes);
  if ('code' in header) throw new Error(header.detail);
  return header;
};
const header = headerOf(photo);
const { width, height } = header;
const all: Region = { left: 0, top: 0, width, height };
const room = (): Buffer => Buffer.alloc(width * height * 3);
const opened = await Turbo.open();
if (opened === undefined) throw new Error('there is no libjpeg-turbo for this platform');
const turbo = opened;

function decoded(file: Uint8Array, region: Region, reduction: Reduction = 1): Buffer {
  const target = Buffer.alloc(region.width * region.height * 3);
  if (!turbo.decode(file, headerOf(file), reduction, region, target)) throw new Error('not decoded');
  return target;
}

/** Noise over a gradient, 97 x 83: neither a multiple of any block. */
const WIDTH = 97;
const HEIGHT = 83;
const drawn = Buffer.from(
  Array.from(
    { length: WIDTH * HEIGHT * 3 },
    (_, index) => (index >> 5) ^ (Math.imul(index, 2654435761) >>> 27),
  ),
);
const raw = { raw: { width: WIDTH, height: HEIGHT, channels: 3 } } as const;
const { FORMAT_RGB, SAMP_420, SAMP_422, SAMP_440, SAMP_444, SAMP_GRAY } = jpegTurbo;
const sampled = (subsampling: number): Buffer =>
  jpegTurbo.compressSync(drawn, {
    format: FORMAT_RGB,
    width: WIDTH,
    height: HEIGHT,
    subsampling,
    quality: 85,
  });
const kinds: Record<string, Buffer> = {
  grey: sampled(SAMP_GRAY),
  '4:4:4': sampled(SAMP_444),
  '4:4:0': sampled(SAMP_440),
  '4:2:2': sampled(SAMP_422),
  '4:2:0': sampled(SAMP_420),
  progressive: await sharp(drawn, raw).jpeg({ progressive: true }).toBuffer(),
  'restart markers': await sharp(drawn, raw).jpeg({ mozjpeg: true }).toBuffer(),
};

t.test('pixels are those of the thorough decoder, bit for bit', async (t) => {
  t.ok(decoded(photo, all).equals(await sharp(photo).raw().toBuffer()));
  for (const [kind, file] of Object.entries(kinds)) {
    const exact = await sharp(file).toColourspace('srgb').removeAlpha().raw().toBuffer();
    t.ok(decoded(file, { left: 0, top: 0, width: WIDTH, height: HEIGHT }).equals(exact), kind);
  }
});

t.test('the window in a part is that of the whole picture, wherever it is', (t) => {
  const whole = Object.fromEntries(
    Object.entries(kinds).map(([kind, file]) => [
      kind,
      decoded(file, { left: 0, top: 0, width: WIDTH, height: HEIGHT }),
    ]),
  );
  const check = fc.property(
    fc.constantFrom(...Object.keys(kinds)),
    fc.nat({ max: WIDTH - 1 }),
    fc.nat({ max: HEIGHT - 1 }),
    fc.integer({ min: 1, max: WIDTH }),
    fc.integer({ min: 1, max: HEIGHT }),
    (kind, left, top, wide, high) => {
      const file = kinds[kind] ?? photo;
      const window = { left, top, width: Math.min(wide, WIDTH - left), height: Math.min(high, HEIGHT - top) };
      const region = regionOf(file, WIDTH, HEIGHT, window);
      const part = decoded(file, region);
      for (let row = 0; row < window.height; row++) {
        const from = ((top - region.top + row) * region.width + left - region.left) * 3;
        const expected = ((top + row) * WIDTH + left) * 3;
        const bytes = window.width * 3;
        if (whole[kind]?.compare(part, from, from + bytes, expected, expected + bytes) !== 0) {
          throw new Error(`row ${row} of ${JSON.stringify(window)} in ${JSON.stringify(region)}`);
        }
      }
    },
  );
  t.doesNotThrow(() => fc.assert(check, { numRuns: 600 }));
  t.end();
});

t.test('a reduced picture is the whole one, averaged', (t) => {
  const whole = decoded(photo, all);
  for (const reduction of [2, 4, 8] as const) {
    const wide = Math.ceil(width / reduction);
    const high = Math.ceil(height / reduction);
    const small = decoded(photo, { left: 0, top: 0, width: wide, height: high }, reduction);
    let distance = 0;
    let count = 0;
    for (let y = 0; y < Math.floor(height / reduction); y++) {
      for (let x = 0; x < Math.floor(width / reduction); x++, count++) {
        let sum = 0;
        for (let i = 0; i < reduction ** 2; i++) {
          const row = y * reduction + Math.floor(i / reduction);
          sum += whole[(row * width + x * reduction + (i % reduction)) * 3 + 1] ?? NaN;
        }
        distance += Math.abs((small[(y * wide + x) * 3 + 1] ?? NaN) - sum / reduction ** 2);
      }
    }
    t.ok(distance / count < 0.6, `1/${reduction}: ${distance / count} levels of green in the mean`);
  }
  t.end();
});

t.test('bytes may lie in shared memory, at any offset', (t) => {
  const shared = new Uint8Array(new SharedArrayBuffer(photo.length + 8), 5, photo.length);
  shared.set(photo);
  t.ok(decoded(shared, all).equals(decoded(photo, all)));
  t.end();
});

t.test('a file that ends early is left to the other decoder, though the part is in it', (t) => {
  const cut = photo.subarray(0, photo.length - 300);
  const window = { left: 100, top: 100, width: 50, height: 50 };
  const region = regionOf(cut, width, height, window);
  t.equal(region.top + region.height, height, 'so all rows are read');
  t.equal(turbo.decode(cut, header, 1, region, room()), false);
  t.equal(regionOf(photo, width, height, window).height, 50, 'but not of a whole file');
  t.end();
});

t.test('a header that promises another size than the file has is not believed', (t) => {
  t.equal(turbo.decode(photo, { ...header, width: width + 1 }, 1, all, room()), false);
  t.equal(turbo.decode(photo, { ...header, height: 1 }, 1, { ...all, height: 1 }, room()), false);
  t.end();
});

t.test('nothing is written where there is no room, nor outside the picture', (t) => {
  const short = room().subarray(1);
  t.equal(turbo.decode(photo, header, 1, all, short), false);
  t.equal(turbo.decode(photo, header, 1, { ...all, left: 32 }, room()), false);
  t.ok(short.every((byte) => byte === 0));
  t.end();
});

t.test('no file learns anything from the one before it', (t) => {
  const marker = (byte: number): number => photo.indexOf(Buffer.from([0xff, byte]));
  const segment = marker(0xdb);
  const length = photo.readUInt16BE(segment + 2) + 2;
  const tableless = Buffer.concat([photo.subarray(0, segment), photo.subarray(segment + length)]);
  const badTable = Buffer.from(photo).fill(0xff, marker(0xc4) + 5, marker(0xc4) + 21);
  for (const file of [tableless, badTable]) {
    t.equal(turbo.decode(file, header, 1, all, room()), false);
    t.equal(turbo.decode(photo, header, 1, all, room()), true);
  }
  t.end();
});

t.test('what is no JPEG, or a damaged one, is left alone, and the next one works', (t) => {
  const damaged = Buffer.from(photo).fill(0xff, photo.length >> 1, (photo.length >> 1) + 40);
  for (const file of [Buffer.from('no image at all'), new Uint8Array(0), damaged]) {
    t.equal(turbo.decode(file, header, 1, all, room()), false);
  }
  t.ok(turbo.decode(photo, header, 1, all, room()));
  t.end();
});

/** A faultless grey JPEG of 97 x 83 that has so many scans, at most 253: each says of one coefficient that it is zero. */
function ofScans(scans: number): Buffer {
  const segment = (marker: number, ...body: number[]): number[] => [
    0xff,
    marker,
    0,
    body.length + 2,
    ...body,
  ];
  const oneCode = (table: number, symbol: number): number[] =>
    segment(0xc4, table, 1, ...Array<number>(15).fill(0), symbol);
  // 143 blocks: a bit for each; or one run of 128 + 15.
  const first = [...segment(0xda, 1, 1, 0, 0, 0, 0), ...Array<number>(17).fill(0), 1];
  const rest = Array.from({ length: scans - 1 }, (_, scan) => {
    const coefficient = (scan % 63) + 1;
    const bit = 3 - Math.floor(scan / 63);
    const approximation = bit === 3 ? 3 : ((bit + 1) << 4) | bit;
    return [...segment(0xda, 1, 1, 0, coefficient, coefficient, approximation), 0x0f];
  });
  return Buffer.from([
    ...[0xff, 0xd8],
    ...segment(0xdb, 0, ...Array<number>(64).fill(1)),
    ...segment(0xc2, 8, 0, HEIGHT, 0, WIDTH, 1, 1, 0x11, 0),
    ...oneCode(0x00, 0x00),
    ...first,
    ...oneCode(0x10, 0x70),
    ...rest.flat(),
    ...[0xff, 0xd9],
  ]);
}

t.test(
  'a JPEG of more scans than any encoder writes is given up, though nothing else is wrong with it',
  (t) => {
    const decodes = (file: Buffer): boolean =>
      turbo.decode(file, headerOf(file), 1, { left: 0, top: 0, width: WIDTH, height: HEIGHT }, room());
    t.equal(decodes(ofScans(64)), true);
    t.equal(decodes(ofScans(65)), false);
    t.end();
  },
);

t.test('exact takes what is small, whole; turbo reduces to no less than twice the side', (t) => {
  const of = (width: number, height: number, changes: Partial<ImageHeader> = {}) =>
    [reductionOf({ ...header, width, height, ...changes }, 256, 'turbo')].concat(
      reductionOf({ ...header, width, height, ...changes }, 256, 'exact'),
    );
  t.same(of(500, 375), [1, 1]);
  t.same(of(1022, 1022), [1, 1]);
  t.same(of(1023, 1023), [2, 1], '512 rounded up');
  t.same(of(1000, 2000), [1, 1]);
  t.same(of(1000, 2001), [1, undefined], 'more than 2 Mpx');
  t.same(of(4032, 3024), [4, undefined]);
  t.same(of(8064, 6048), [8, undefined]);
  t.same(of(500, 375, { fast: false }), [undefined, undefined]);
  t.same(of(1000, 800, { progressive: true }), [1, 1]);
  t.same(of(4032, 3024, { progressive: true }), [undefined, undefined]);
  t.end();
});
