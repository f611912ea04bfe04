/** What pictures look like, in numbers, on photographs that are changed in one way each. */
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import t from 'tap';
import { readImageHeader, type ImageHeader } from '../../../src/image/header.ts';
import type { Preprocess } from '../../../src/thread/load.ts';
import type { PixelSignals } from '../../../src/thread/messages.ts';
import type { TensorSpec } from '../../../src/tensor/tensor.ts';
import { ImageStage } from '../../../workers/image/decode.ts';
import { pixelSignals } from '../../../workers/image/signals.ts';

const photo = (name: string): Buffer =>
  readFileSync(new URL(`../../fixtures/photos/${name}`, import.meta.url));
const PREPROCESS: Preprocess = { resize: 256, crop: 224, filter: 'bicubic' };
const FLOATS: TensorSpec = { name: 'image', datatype: 'FP32', shape: [3, 224, 224] };

async function look(bytes: Buffer, preprocess = PREPROCESS, input = FLOATS): Promise<PixelSignals> {
  const stage = await ImageStage.create({ decoder: 'exact', maxImagePixels: 50e6 });
  stage.begin(1, input, preprocess);
  let signals: PixelSignals | undefined;
  await stage.place(0, bytes, readImageHeader(bytes) as ImageHeader, (seen) => (signals = seen));
  return signals!;
}

t.test('an even grey has brightness and nothing else', async (t) => {
  const pixels = new Uint8Array(64 * 64 * 3).fill(130);
  const { luminance, ...rest } = pixelSignals(pixels, 64);
  t.ok(Math.abs(luminance - 130) < 1e-9);
  for (const value of Object.values(rest)) t.ok(Math.abs(value) < 1e-5, String(value));
});

t.test('a checkerboard is as sharp as can be', async (t) => {
  const pixels = Uint8Array.from({ length: 32 * 32 * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return ((pixel % 32) + Math.floor(pixel / 32)) % 2 === 0 ? 0 : 255;
  });
  const { sharpness, contrast, saturation } = pixelSignals(pixels, 32);
  t.equal(sharpness, 4 * 255);
  t.ok(contrast > 127);
  t.equal(saturation, 0);
});

t.test('darkness, blur, grey and a warm light each move their own number', async (t) => {
  const plain = await sharp(photo('coffee.jpg')).png().toBuffer();
  const before = await look(plain);
  const dark = await look(await sharp(plain).linear(0.6, 0).png().toBuffer());
  t.ok(dark.luminance < 0.8 * before.luminance);
  const blurred = await look(await sharp(plain).blur(4).png().toBuffer());
  t.ok(blurred.sharpness < 0.5 * before.sharpness);
  t.ok(Math.abs(blurred.luminance - before.luminance) < 2);
  const grey = await look(await sharp(plain).greyscale().png().toBuffer());
  t.ok(grey.saturation < 1 && Math.abs(grey.warmth) < 1 && before.saturation > 10);
  const warm = await look(await sharp(plain).linear([1.1, 1, 0.8], [0, 0, 0]).png().toBuffer());
  t.ok(warm.warmth > before.warmth + 10);
});

t.test('what is looked at are the pixels before anything is removed from them', async (t) => {
  const bytes = photo('cat.jpg');
  t.strictSame(
    await look(bytes, { ...PREPROCESS, sanitise: { bits: 2, jpegQuality: 30 } }),
    await look(bytes),
  );
});

t.test('the same picture looks the same whatever form the model takes it in', async (t) => {
  const bytes = photo('cat.jpg');
  const interleaved: TensorSpec = { name: 'image', datatype: 'UINT8', shape: [224, 224, 3] };
  t.strictSame(await look(bytes, PREPROCESS, interleaved), await look(bytes));
});

t.test('a crop of one pixel has no neighbours and does not fail', async (t) => {
  t.strictSame(pixelSignals(Uint8Array.of(1, 2, 3), 1).luminance, NaN);
});
