import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import t from 'tap';
import { readImageHeader, type ImageHeader } from '../../../src/image/header.ts';
import type { Decoder, Preprocess } from '../../../src/thread/load.ts';
import type { TensorSpec } from '../../../src/tensor/tensor.ts';
import { ImageStage } from '../../../workers/image/decode.ts';
import { sanitise as sanitised } from '../../../workers/image/sanitise.ts';

const fixtures = new URL('../../fixtures/', import.meta.url);
const references = JSON.parse(readFileSync(new URL('references.json', fixtures), 'utf8')) as {
  preprocess: Preprocess;
  photographs: Record<string, { inputSha256: string }>;
};
const { preprocess } = references;
const names = Object.keys(references.photographs);
const photo = (name: string): Buffer => readFileSync(new URL(`photos/${name}`, fixtures));
const stageOf = (decoder: Decoder): Promise<ImageStage> =>
  ImageStage.create({ decoder, maxImagePixels: 50e6 });
const INPUT: TensorSpec = { name: 'image', datatype: 'UINT8', shape: [224, 224, 3] };
const ROW = 224 * 224 * 3;

const headerOf = (bytes: Uint8Array): ImageHeader => {
  const header = readImageHeader(bytes);
  if ('code' in header) throw new Error(header.detail);
  return header;
};
const place = (stage: ImageStage, row: number, bytes: Uint8Array) => stage.place(row, bytes, headerOf(bytes));
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function rowOf(
  stage: ImageStage,
  bytes: Uint8Array,
  how: Preprocess = preprocess,
): Promise<Uint8Array> {
  stage.begin(1, INPUT, how);
  const failure = await place(stage, 0, bytes);
  if (failure !== undefined) throw new Error(failure.detail);
  return Uint8Array.from(stage.batch(1) as Uint8Array);
}

function difference(one: Uint8Array, other: Uint8Array): { mean: number; most: number } {
  let sum = 0;
  let most = 0;
  one.forEach((value, index) => {
    const distance = Math.abs(value - (other[index] ?? NaN));
    sum += distance;
    most = Math.max(most, distance);
  });
  return { mean: sum / one.length, most };
}

t.test('exact gives the bytes of Pillow for every photograph', async (t) => {
  const stage = await stageOf('exact');
  for (const name of names) {
    t.equal(digest(await rowOf(stage, photo(name))), references.photographs[name]?.inputSha256, name);
  }
});

t.test('turbo gives the same bytes for all of them, which are too small to be reduced', async (t) => {
  const stage = await stageOf('turbo');
  for (const name of names) {
    t.equal(digest(await rowOf(stage, photo(name))), references.photographs[name]?.inputSha256, name);
  }
});

t.test('JPEGs are decoded without a promise, large ones at least with turbo', async (t) => {
  for (const decoder of ['turbo', 'exact'] as const) {
    const stage = await stageOf(decoder);
    stage.begin(1, INPUT, preprocess);
    for (const name of names.filter((name) => name.endsWith('.jpg'))) {
      t.equal(place(stage, 0, photo(name)), undefined, `${decoder} ${name}`);
    }
    const pixels = sharp(photo('coffee.jpg')).resize(2400, 1600);
    const baseline = place(stage, 0, await pixels.clone().jpeg().toBuffer());
    t.equal(baseline instanceof Promise, decoder === 'exact');
    t.equal(await baseline, undefined);
    const progressive = place(stage, 0, await pixels.clone().jpeg({ progressive: true }).toBuffer());
    t.ok(progressive instanceof Promise, 'its scans need a time limit');
    t.equal(await progressive, undefined);
  }
});

t.test('sharp is loaded by the first image that needs it', (t) => {
  const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { readFileSync } from 'node:fs';
    const { ImageStage } = await import(${url('../../../workers/image/decode.ts')});
    const { readImageHeader } = await import(${url('../../../src/image/header.ts')});
    const stage = await ImageStage.create({ decoder: 'turbo', maxImagePixels: 50e6 });
    stage.begin(1, ${JSON.stringify(INPUT)}, ${JSON.stringify(preprocess)});
    const loaded = () => process.report.getReport().sharedObjects.some((path) => path.includes('vips'));
    for (const name of ['cat.jpg', 'coffee.png']) {
      const bytes = readFileSync(new URL(name, ${url('../../fixtures/photos/')}));
      if (await stage.place(0, bytes, readImageHeader(bytes))) throw new Error(name);
      console.log(loaded());
    }`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  t.same(output.trim().split('\n'), ['false', 'true']);
  t.end();
});

t.test('turbo reads a large JPEG at a reduced size and stays within few levels', async (t) => {
  const exact = await stageOf('exact');
  const turbo = await stageOf('turbo');
  for (const orientation of [1, 6]) {
    const large = await sharp(photo('coffee.jpg'))
      .resize(2400, 1600)
      .withMetadata({ orientation })
      .jpeg({ quality: 90 })
      .toBuffer();
    const { mean, most } = difference(await rowOf(turbo, large), await rowOf(exact, large));
    t.ok(most <= 5 && mean < 0.3, `${most} at most, ${mean.toFixed(2)} in the mean`);
  }
});

t.test('an image of several megapixels is exact as well, and no row moves', async (t) => {
  const pixels = await sharp(photo('coffee.jpg')).resize(3000, 2000).raw().toBuffer();
  const raw = { width: 3000, height: 2000, channels: 3 } as const;
  const large = await sharp(pixels, { raw }).png({ compressionLevel: 1 }).toBuffer();
  const stage = await stageOf('exact');
  const alone = await rowOf(stage, large);
  stage.begin(3, INPUT, preprocess);
  for (const [row, bytes] of [photo('cat.jpg'), large, photo('rocket.jpg')].entries()) {
    t.equal(await place(stage, row, bytes), undefined);
  }
  const batch = stage.batch(3) as Uint8Array;
  t.ok(Buffer.from(batch.subarray(ROW, 2 * ROW)).equals(alone));
  t.equal(digest(batch.subarray(0, ROW)), references.photographs['cat.jpg']?.inputSha256);
  t.equal(digest(batch.subarray(2 * ROW)), references.photographs['rocket.jpg']?.inputSha256);
});

t.test('bytes may lie in shared memory, whoever decodes them', async (t) => {
  for (const decoder of ['turbo', 'exact'] as const) {
    const stage = await stageOf(decoder);
    for (const name of ['cat.jpg', 'coffee.png']) {
      const bytes = photo(name);
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 64), 33, bytes.length);
      shared.set(bytes);
      t.equal(digest(await rowOf(stage, shared)), digest(await rowOf(stage, bytes)), `${decoder} ${name}`);
    }
  }
});

t.test('one bad image spoils neither the others of its batch nor the next batch', async (t) => {
  for (const decoder of ['turbo', 'exact'] as const) {
    const stage = await stageOf(decoder);
    const good = await rowOf(stage, photo('cat.jpg'));
    const cut = photo('rocket.jpg').subarray(0, 60_000);
    const damaged = photo('coffee.png');
    damaged.fill(0, damaged.length >> 1, (damaged.length >> 1) + 100);
    stage.begin(4, INPUT, preprocess);
    t.equal(await place(stage, 0, photo('cat.jpg')), undefined);
    t.match(await place(stage, 1, cut), { code: 'IMAGE_TRUNCATED' });
    t.match(await place(stage, 2, damaged), { code: 'IMAGE_CORRUPT' });
    t.equal(await place(stage, 3, photo('cat.jpg')), undefined);
    const batch = stage.batch(4) as Uint8Array;
    t.ok(Buffer.from(batch.subarray(0, ROW)).equals(good), `${decoder}: before`);
    t.ok(Buffer.from(batch.subarray(3 * ROW)).equals(good), `${decoder}: behind`);
    t.ok(Buffer.from(await rowOf(stage, photo('cat.jpg'))).equals(good), `${decoder}: next batch`);
  }
});

t.test('a JPEG that the fast decoder warns about gets the verdict of the other', async (t) => {
  const stage = await stageOf('turbo');
  const whole = photo('cat.jpg');
  const frame = whole.indexOf(Buffer.from([0xff, 0xc0]));
  const stray = Buffer.concat([whole.subarray(0, frame), Buffer.from('stray'), whole.subarray(frame)]);
  const expected = await rowOf(await stageOf('exact'), whole);
  stage.begin(1, INPUT, preprocess);
  const placed = place(stage, 0, stray);
  t.ok(placed instanceof Promise);
  t.equal(await placed, undefined);
  t.equal(digest(stage.batch(1) as Uint8Array), digest(expected));
});

t.test('a JPEG of a thousand scans is refused before it is decoded', async (t) => {
  const progressive = photo('coffee-progressive.jpg');
  const scan = Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0]);
  const end = progressive.length - 2;
  const bytes = Buffer.concat([
    progressive.subarray(0, end),
    ...Array<Buffer>(1000).fill(scan),
    progressive.subarray(end),
  ]);
  for (const decoder of ['turbo', 'exact'] as const) {
    const stage = await stageOf(decoder);
    stage.begin(1, INPUT, preprocess);
    t.match(place(stage, 0, bytes), { code: 'UNSUPPORTED_IMAGE' });
  }
});

t.test('an image of more pixels than allowed is refused before it is decoded', async (t) => {
  const stage = await ImageStage.create({ decoder: 'exact', maxImagePixels: 100_000 });
  stage.begin(1, INPUT, preprocess);
  t.match(place(stage, 0, photo('cat.jpg')), { code: 'IMAGE_TOO_LARGE' });
});

t.test('a header that lies about the file is a failure of that image', async (t) => {
  const stage = await stageOf('turbo');
  stage.begin(1, INPUT, preprocess);
  const png = headerOf(photo('coffee.png'));
  t.match(await stage.place(0, Buffer.from('no image at all'), png), { code: 'IMAGE_TRUNCATED' });
});

t.test('float rows with channels first are the bytes, normalised, in every row', async (t) => {
  const stage = await stageOf('exact');
  const how: Preprocess = { ...preprocess, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };
  const bytes = await rowOf(stage, photo('cat.jpg'));
  stage.begin(2, { name: 'image', datatype: 'FP32', shape: [3, 224, 224] }, how);
  for (const row of [0, 1]) t.equal(await place(stage, row, photo('cat.jpg')), undefined);
  const batch = stage.batch(2);
  t.ok(batch instanceof Float32Array);
  t.equal(batch.length, 2 * ROW);
  t.ok(batch.slice(0, ROW).every((value, index) => value === batch[ROW + index]));
  const pixel = 100 * 224 + 50;
  for (const channel of [0, 1, 2]) {
    const value = ((bytes[3 * pixel + channel] ?? NaN) / 255 - 0.5) / 0.25;
    t.ok(Math.abs(Number(batch[channel * 224 * 224 + pixel]) - value) < 1e-5);
  }
});

t.test('models of other sizes and filters take turns on one stage', async (t) => {
  const stage = await stageOf('turbo');
  const small: TensorSpec = { name: 'x', datatype: 'UINT8', shape: [3, 31, 31] };
  const first = digest(await rowOf(stage, photo('cat.jpg')));
  stage.begin(5, small, { resize: 160, crop: 31, filter: 'bilinear' });
  t.equal(place(stage, 4, photo('cat.jpg')), undefined);
  t.equal(stage.batch(5).length, 5 * 3 * 31 * 31);
  t.equal(digest(await rowOf(stage, photo('cat.jpg'))), first);
});

t.test('two inputs with the same preprocessing are told apart', async (t) => {
  const stage = await stageOf('exact');
  const interleaved = await rowOf(stage, photo('cat.jpg'));
  stage.begin(1, { name: 'image', datatype: 'UINT8', shape: [3, 224, 224] }, preprocess);
  t.equal(await place(stage, 0, photo('cat.jpg')), undefined);
  const planes = stage.batch(1) as Uint8Array;
  t.same(
    [...planes.subarray(0, 100)],
    Array.from({ length: 100 }, (_, index) => interleaved[3 * index]),
  );
});

t.test('what the stage cannot serve is said at begin', async (t) => {
  const stage = await ImageStage.create({ decoder: 'turbo', maxImagePixels: 50e6, maxBatchBytes: 1_000_000 });
  t.throws(() => stage.begin(1, { ...INPUT, shape: [4, 224, 224] }, preprocess), { code: 'INTERNAL' });
  t.throws(() => stage.begin(1, INPUT, { ...preprocess, resize: 200 }), { code: 'INTERNAL' });
  t.throws(() => stage.begin(10_000, INPUT, preprocess), { code: 'INTERNAL' });
  t.throws(() => stage.batch(10_000), RangeError);
});

t.test('without begin a placed image fails instead of throwing', async (t) => {
  const stage = await stageOf('turbo');
  t.match(place(stage, 0, photo('cat.jpg')), { code: 'INTERNAL' });
});

t.test(
  'a crop is sanitised before it is normalised, in each row of a batch, by either decoder',
  async (t) => {
    const stage = await stageOf('exact');
    const float: TensorSpec = { name: 'image', datatype: 'FP32', shape: [3, 224, 224] };
    for (const sanitise of [{ bits: 3 }, { jpegQuality: 60 }, { jpegQuality: 60, bits: 3 }]) {
      const how = { ...preprocess, sanitise };
      const [first, second] = [photo('cat.jpg'), photo('coffee.png')];
      const expected = await rowOf(stage, second);
      await sanitised(expected, 224, sanitise);
      stage.begin(2, INPUT, how);
      t.equal(await place(stage, 0, first), undefined);
      t.equal(await place(stage, 1, second), undefined);
      t.strictSame((stage.batch(2) as Uint8Array).subarray(ROW), expected);

      stage.begin(1, float, how);
      t.equal(await place(stage, 0, second), undefined);
      const values = stage.batch(1) as Float32Array;
      t.ok(Math.abs(values[5]! * 255 - expected[15]!) < 1e-3, 'channels first, from 0 to 1');
    }
  },
);
