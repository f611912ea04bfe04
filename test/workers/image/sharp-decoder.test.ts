import sharp from 'sharp';
import t from 'tap';
import { readImageHeader, type ImageHeader } from '../../../src/image/header.ts';
import { decodeScaled, decodeWhole, failureOfSharp } from '../../../workers/image/sharp-decoder.ts';

const WIDTH = 12;
const HEIGHT = 8;
const LIMIT = 50e6;
/** A different colour for every pixel. */
const pixels = Buffer.from(Array.from({ length: WIDTH * HEIGHT * 3 }, (_, index) => (index * 53 + 11) & 255));
const picture = () => sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
const headerOf = (bytes: Uint8Array): ImageHeader => {
  const header = readImageHeader(bytes);
  if ('code' in header) throw new Error(header.detail);
  return header;
};
const whole = (bytes: Uint8Array) => decodeWhole(bytes, headerOf(bytes), LIMIT);

t.test('a PNG comes out as it went in', async (t) => {
  const decoded = await whole(await picture().png().toBuffer());
  t.match(decoded, { width: WIDTH, height: HEIGHT });
  t.ok(pixels.equals(decoded.data));
});

t.test('bytes may lie in shared memory, at any offset', async (t) => {
  const png = await picture().png().toBuffer();
  const shared = new Uint8Array(new SharedArrayBuffer(png.length + 8), 3, png.length);
  shared.set(png);
  t.ok(pixels.equals((await whole(shared)).data));
});

t.test('alpha is dropped, not blended: clear pixels keep their colour', async (t) => {
  for (const encode of [
    picture().ensureAlpha(0).png(),
    picture().ensureAlpha(0.3).webp({ lossless: true, exact: true }),
  ]) {
    t.ok(pixels.equals((await whole(await encode.toBuffer())).data));
  }
});

t.test('grey becomes three equal channels, with alpha or without', async (t) => {
  const grey = await picture().toColourspace('b-w').raw().toBuffer();
  const expected = Buffer.from([...grey].flatMap((value) => [value, value, value]));
  for (const encode of [
    picture().toColourspace('b-w').png(),
    picture().toColourspace('b-w').ensureAlpha(0).png(),
  ]) {
    t.ok(expected.equals((await whole(await encode.toBuffer())).data));
  }
});

t.test('16 bits become the upper 8', async (t) => {
  const png = await picture().toColourspace('rgb16').png().toBuffer();
  t.equal((await sharp(png).metadata()).depth, 'ushort');
  t.ok(pixels.equals((await whole(png)).data));
});

t.test('an embedded colour profile is not applied', async (t) => {
  const plain = await picture().withIccProfile('p3', { attach: false }).png().toBuffer();
  const tagged = await picture().withIccProfile('p3').png().toBuffer();
  t.ok((await sharp(tagged).metadata()).icc, 'there is one');
  t.ok(Buffer.from((await whole(plain)).data).equals((await whole(tagged)).data));
});

t.test('CMYK becomes RGB', async (t) => {
  const red = sharp({ create: { width: 9, height: 9, channels: 3, background: { r: 220, g: 30, b: 30 } } });
  const { data } = await whole(await red.toColourspace('cmyk').jpeg().toBuffer());
  t.equal(data.length, 9 * 9 * 3);
  const [r = 0, g = 0, b = 0] = data;
  t.ok(r > 180 && g < 90 && b < 90, `${r} ${g} ${b}`);
});

t.test('EXIF orientation is applied, whole and scaled', async (t) => {
  const upright = await picture().resize(600, 400, { kernel: 'nearest' }).raw().toBuffer();
  const raw = () => sharp(upright, { raw: { width: 600, height: 400, channels: 3 } });
  for (let orientation = 1; orientation <= 8; orientation++) {
    const jpeg = await raw().withMetadata({ orientation }).jpeg().toBuffer();
    const turned = orientation >= 5;
    t.match(await whole(jpeg), turned ? { width: 400, height: 600 } : { width: 600, height: 400 });
    const scaled = await decodeScaled(jpeg, headerOf(jpeg), LIMIT, {
      resize: 100,
      crop: 80,
      filter: 'bicubic',
    });
    t.match(scaled, turned ? { width: 100, height: 150 } : { width: 150, height: 100 });
    const expected = await sharp(jpeg).autoOrient().resize(scaled.width).removeAlpha().raw().toBuffer();
    const distance = scaled.data.reduce(
      (sum, value, index) => sum + Math.abs(value - (expected[index] ?? NaN)),
      0,
    );
    t.ok(distance / expected.length < 6, `orientation ${orientation}: ${distance / expected.length}`);
  }
});

t.test('formats that are not served do not load, not even under another header', async (t) => {
  const others = [
    await picture().gif().toBuffer(),
    await picture().tiff().toBuffer(),
    await picture().avif({ effort: 0 }).toBuffer(),
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
  ];
  const lie = headerOf(await picture().png().toBuffer());
  for (const bytes of others) await t.rejects(decodeWhole(bytes, lie, LIMIT), /unsupported/);
});

async function failure(bytes: Uint8Array, header: ImageHeader, limit = LIMIT): Promise<string> {
  return decodeWhole(bytes, header, limit).then(
    () => 'none',
    (error: unknown) => failureOfSharp(error, bytes, header).code,
  );
}

t.test('a file that ends early is truncated, a damaged one is corrupt', async (t) => {
  const large = picture().resize(300, 200, { kernel: 'nearest' });
  for (const encode of [
    large.clone().jpeg(),
    large.clone().jpeg({ progressive: true }),
    large.clone().png(),
  ]) {
    const bytes = await encode.toBuffer();
    const header = headerOf(bytes);
    t.equal(await failure(bytes, header), 'none');
    t.equal(await failure(bytes.subarray(0, bytes.length * 0.6), header), 'IMAGE_TRUNCATED');
  }
  const png = await large.clone().png().toBuffer();
  png.fill(0x55, png.length >> 1, (png.length >> 1) + 9);
  t.equal(await failure(png, headerOf(png)), 'IMAGE_CORRUPT');
  const jpeg = await large.clone().jpeg().toBuffer();
  jpeg.fill(0xff, jpeg.indexOf(Buffer.from([0xff, 0xc4])) + 5, jpeg.indexOf(Buffer.from([0xff, 0xc4])) + 21);
  t.equal(await failure(jpeg, headerOf(jpeg)), 'IMAGE_CORRUPT');
});

t.test('an embedded preview does not make a file that ends early look whole', async (t) => {
  const preview = await picture().jpeg().toBuffer();
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), preview]);
  const head = Buffer.from([0xff, 0xe1, (exif.length + 2) >> 8, (exif.length + 2) & 255]);
  const jpeg = await picture().resize(300, 200).jpeg().toBuffer();
  const bytes = Buffer.concat([jpeg.subarray(0, 2), head, exif, jpeg.subarray(2)]);
  const cut = bytes.subarray(0, bytes.length - 500);
  t.equal(
    failureOfSharp(new Error('VipsJpeg: something else'), cut, headerOf(bytes)).code,
    'IMAGE_TRUNCATED',
  );
  t.equal(
    failureOfSharp(new Error('VipsJpeg: something else'), bytes, headerOf(bytes)).code,
    'IMAGE_CORRUPT',
  );
});

t.test('an image of more pixels than allowed is too large', async (t) => {
  const png = await picture().png().toBuffer();
  t.equal(await failure(png, headerOf(png), WIDTH * HEIGHT - 1), 'IMAGE_TOO_LARGE');
});

t.test('a decoder that was stopped for time means too large', async (t) => {
  const png = await picture().png().toBuffer();
  const failed = failureOfSharp(new Error('timeout: 42% complete'), png, headerOf(png));
  t.equal(failed.code, 'IMAGE_TOO_LARGE');
});
