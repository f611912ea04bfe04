import { readFileSync, readdirSync } from 'node:fs';
import sharp from 'sharp';
import t from 'tap';
import { readImageHeader, type ImageHeader } from '../../src/image/header.ts';

const photos = new URL('../fixtures/photos/', import.meta.url);
const canvas = (channels: 3 | 4 = 3) =>
  sharp({ create: { width: 37, height: 23, channels, background: { r: 200, g: 90, b: 30, alpha: 0.5 } } });

const header = (overrides: Partial<ImageHeader>): ImageHeader => ({
  format: 'jpeg',
  width: 37,
  height: 23,
  fast: false,
  progressive: false,
  channels: 3,
  orientation: 1,
  ...overrides,
});

const code = (bytes: Uint8Array): string | undefined => {
  const read = readImageHeader(bytes);
  return 'code' in read ? read.code : undefined;
};
const detail = (bytes: Uint8Array): string => {
  const read = readImageHeader(bytes);
  return 'code' in read ? read.detail : '';
};
const ascii = (text: string): Buffer => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(32)]);

/** Puts `segment` behind the first two bytes of a JPEG. */
const insert = (jpeg: Buffer, segment: readonly number[]): Buffer =>
  Buffer.concat([jpeg.subarray(0, 2), Buffer.from(segment), jpeg.subarray(2)]);

const frameAt = (jpeg: Buffer): number => jpeg.indexOf(Buffer.from([0xff, 0xc0]));

t.test('agrees with libvips about every photograph', async (t) => {
  for (const name of readdirSync(photos).filter((name) => /\.(jpg|png|webp)$/.test(name))) {
    const bytes = readFileSync(new URL(name, photos));
    const truth = await sharp(bytes).metadata();
    t.match(readImageHeader(bytes), {
      format: truth.format,
      width: truth.width,
      height: truth.height,
      channels: truth.channels,
      progressive: truth.isProgressive,
      fast: truth.format === 'jpeg',
    });
  }
});

t.test('a baseline JPEG is fast', async (t) => {
  t.same(readImageHeader(await canvas().jpeg().toBuffer()), header({ fast: true }));
});

t.test('a progressive JPEG is fast and says that it is progressive', async (t) => {
  const bytes = await canvas().jpeg({ progressive: true }).toBuffer();
  t.same(readImageHeader(bytes), header({ fast: true, progressive: true }));
});

t.test('a grey JPEG is fast', async (t) => {
  const bytes = await canvas().toColourspace('b-w').jpeg().toBuffer();
  t.same(readImageHeader(bytes), header({ fast: true, channels: 1 }));
});

t.test('a CMYK JPEG is not fast', async (t) => {
  const bytes = await canvas().toColourspace('cmyk').jpeg().toBuffer();
  t.same(readImageHeader(bytes), header({ channels: 4 }));
});

t.test('a JPEG whose Adobe marker says RGB is not fast', async (t) => {
  const jpeg = await canvas().jpeg().toBuffer();
  const adobe = (transform: number): number[] => [
    ...[0xff, 0xee, 0, 14],
    ...Buffer.from('Adobe'),
    ...[0, 100, 0, 0, 0, 0, transform],
  ];
  t.match(readImageHeader(insert(jpeg, adobe(0))), { fast: false });
  t.match(readImageHeader(insert(jpeg, adobe(1))), { fast: true });
});

t.test('a JPEG whose components are called R, G and B is not fast', async (t) => {
  const jpeg = await canvas().jpeg().toBuffer();
  const at = frameAt(jpeg) + 10;
  for (const [index, name] of [...'RGB'].entries()) jpeg.write(name, at + 3 * index, 'latin1');
  t.match(readImageHeader(jpeg), { fast: false, channels: 3 });
});

t.test('a JPEG that is not upright says so and is not fast', async (t) => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    const bytes = await canvas().withMetadata({ orientation }).jpeg().toBuffer();
    t.same(readImageHeader(bytes), header({ fast: orientation === 1, orientation }));
  }
});

t.test('big-endian EXIF is read as well', async (t) => {
  const exif = [
    ...Buffer.from('Exif\0\0MM\0*'),
    0,
    0,
    0,
    8,
    0,
    1,
    1,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    6,
    0,
    0,
    0,
    0,
    0,
    0,
  ];
  const bytes = insert(await canvas().jpeg().toBuffer(), [0xff, 0xe1, 0, exif.length + 2, ...exif]);
  t.match(readImageHeader(bytes), { orientation: 6, fast: false });
});

t.test('an EXIF block with nonsense offsets counts as none', async (t) => {
  const exif = [...Buffer.from('Exif\0\0II*\0'), 0xff, 0xff, 0xff, 0xff, 0, 0];
  const bytes = insert(await canvas().jpeg().toBuffer(), [0xff, 0xe1, 0, exif.length + 2, ...exif]);
  t.match(readImageHeader(bytes), { orientation: 1, fast: true });
});

t.test('fill bytes and stray bytes between segments of a JPEG do not matter', async (t) => {
  const jpeg = await canvas().jpeg().toBuffer();
  const at = frameAt(jpeg);
  const stray = Buffer.from([0x12, 0x00, 0xff, 0x00, 0xff, 0xff]);
  const bytes = insert(Buffer.concat([jpeg.subarray(0, at), stray, jpeg.subarray(at)]), [0xff, 0xff, 0xff]);
  t.match(readImageHeader(bytes), { width: 37, height: 23 });
});

t.test('a JPEG that is nothing but segments is given up', (t) => {
  const bytes = Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    Buffer.alloc(4_000_000, Buffer.from([0xff, 0xe2, 0, 2])),
  ]);
  t.equal(code(bytes), 'IMAGE_CORRUPT');
  t.end();
});

t.test('the first picture of a multi-picture JPEG counts', async (t) => {
  const second = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } })
    .jpeg()
    .toBuffer();
  const bytes = Buffer.concat([await canvas().jpeg().toBuffer(), second]);
  t.match(readImageHeader(bytes), { width: 37, height: 23, fast: true });
});

t.test('every kind of PNG is read', async (t) => {
  const png = (overrides: Partial<ImageHeader>) => header({ format: 'png', orientation: 0, ...overrides });
  t.same(readImageHeader(await canvas().png().toBuffer()), png({}));
  t.same(readImageHeader(await canvas(4).png().toBuffer()), png({ channels: 4 }));
  t.same(readImageHeader(await canvas().png({ palette: true }).toBuffer()), png({}));
  t.same(readImageHeader(await canvas().toColourspace('b-w').png().toBuffer()), png({ channels: 1 }));
  t.same(readImageHeader(await canvas().toColourspace('rgb16').png().toBuffer()), png({}));
});

t.test('every kind of WebP is read', async (t) => {
  const webp = (overrides: Partial<ImageHeader>) => header({ format: 'webp', orientation: 0, ...overrides });
  t.same(readImageHeader(await canvas().webp().toBuffer()), webp({}));
  t.same(readImageHeader(await canvas().webp({ lossless: true }).toBuffer()), webp({}));
  t.same(readImageHeader(await canvas(4).webp().toBuffer()), webp({ channels: 4 }));
  t.same(readImageHeader(await canvas(4).webp({ lossless: true }).toBuffer()), webp({ channels: 4 }));
  t.same(readImageHeader(await canvas().withMetadata({ orientation: 6 }).webp().toBuffer()), webp({}));
});

t.test('an animated image is unsupported and the sentence says why', async (t) => {
  const frames = [await canvas().png().toBuffer(), await canvas().negate().png().toBuffer()];
  const webp = await sharp(frames, { join: { animated: true } })
    .webp()
    .toBuffer();
  t.equal(code(webp), 'UNSUPPORTED_IMAGE');
  t.match(detail(webp), /animated/i);
});

t.test('the error for a format that is known but not served names it', async (t) => {
  const others: readonly (readonly [string, Buffer])[] = [
    ['GIF', await canvas().gif().toBuffer()],
    ['TIFF', await canvas().tiff().toBuffer()],
    ['AVIF', await canvas().avif({ effort: 0 }).toBuffer()],
    ['HEIC', ascii('\0\0\0\x18ftypheic')],
    ['HEIC', ascii('\0\0\0\x18ftypmif1')],
    ['BMP', ascii('BM\x46\0\0\0\0\0\0\0\x36\0\0\0')],
    ['SVG', ascii('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['SVG', ascii('\xef\xbb\xbf\n<?xml version="1.0"?>\n<!-- a drawing -->\n<svg/>')],
    ['PSD', ascii('8BPS\0\x01')],
    ['JPEG XL', ascii('\xff\x0a\xfa\x1f')],
    ['JPEG XL', ascii('\0\0\0\x0cJXL \r\n\x87\n')],
    ['JPEG 2000', ascii('\0\0\0\x0cjP  \r\n\x87\n')],
    ['ICO', ascii('\0\0\x01\0\x01\0')],
    ['PDF', ascii('%PDF-1.7')],
  ];
  for (const [name, bytes] of others) {
    t.equal(code(bytes), 'UNSUPPORTED_IMAGE', name);
    t.match(detail(bytes), name);
  }
});

t.test('bytes that are no image are NOT_AN_IMAGE', (t) => {
  t.equal(code(new Uint8Array()), 'EMPTY_BODY');
  for (const text of [
    '{"image":"…"}',
    '<html><body>',
    'BMW is a car maker',
    'RIFF\0\0\0\0WAVEfmt ',
    '\0\0\0\x18ftypisom',
  ]) {
    t.equal(code(ascii(text)), 'NOT_AN_IMAGE', text);
  }
  t.end();
});

t.test('a width or height of zero is corrupt', async (t) => {
  const jpeg = await canvas().jpeg().toBuffer();
  jpeg.writeUInt16BE(0, frameAt(jpeg) + 5);
  const png = await canvas().png().toBuffer();
  png.writeUInt32BE(0, 16);
  const webp = await canvas().webp().toBuffer();
  webp.writeUInt16LE(0, 26);
  for (const bytes of [jpeg, png, webp]) t.equal(code(bytes), 'IMAGE_CORRUPT');
});

t.test('a PNG that went through a text transfer is corrupt', async (t) => {
  const png = await canvas().png().toBuffer();
  t.equal(code(Buffer.concat([png.subarray(0, 4), png.subarray(5)])), 'IMAGE_CORRUPT');
});

t.test('an impossible PNG colour type or depth is corrupt', async (t) => {
  const png = await canvas().png().toBuffer();
  png[25] = 5;
  t.equal(code(png), 'IMAGE_CORRUPT');
  png[25] = 2;
  png[24] = 4;
  t.equal(code(png), 'IMAGE_CORRUPT');
});

t.test('a header that is cut short is truncated', async (t) => {
  t.equal(code((await canvas().jpeg().toBuffer()).subarray(0, 100)), 'IMAGE_TRUNCATED');
  t.equal(code((await canvas().png().toBuffer()).subarray(0, 30)), 'IMAGE_TRUNCATED');
  t.equal(code((await canvas().webp().toBuffer()).subarray(0, -1)), 'IMAGE_TRUNCATED');
});

t.test('every header has the same shape, so that code reading it stays monomorphic', async (t) => {
  const keys = Object.keys(header({}));
  t.same(Object.keys(readImageHeader(await canvas().png().toBuffer())), keys);
  t.same(Object.keys(readImageHeader(await canvas().webp().toBuffer())), keys);
});
