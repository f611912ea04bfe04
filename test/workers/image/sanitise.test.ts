import t from 'tap';
import sharp from 'sharp';
import { sanitise } from '../../../workers/image/sanitise.ts';

const SIDE = 16;
const ramp = (): Uint8Array => Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => i % 256);

t.test('fewer bits round to levels that are spread from black to white', async (t) => {
  for (const bits of [1, 4, 7]) {
    const pixels = ramp();
    t.equal(sanitise(pixels, SIDE, { bits }), undefined, 'without a promise');
    t.equal(new Set(pixels).size, 2 ** bits);
    t.strictSame([pixels[0], pixels[255]], [0, 255]);
    const worst = Math.max(...pixels.map((value, i) => Math.abs(value - (i % 256))));
    t.ok(worst <= Math.ceil(255 / (2 ** bits - 1) / 2), String(worst));
  }
});

t.test('rounding twice changes nothing more', async (t) => {
  const once = ramp();
  void sanitise(once, SIDE, { bits: 3 });
  const twice = Uint8Array.from(once);
  void sanitise(twice, SIDE, { bits: 3 });
  t.strictSame(twice, once);
});

t.test('compression gives the pixels of a JPEG of that quality, then fewer bits', async (t) => {
  const raw = { width: SIDE, height: SIDE, channels: 3 } as const;
  const jpeg = await sharp(ramp(), { raw }).jpeg({ quality: 75 }).toBuffer();
  const expected = new Uint8Array(await sharp(jpeg).raw().toBuffer());
  const pixels = ramp();
  await sanitise(pixels, SIDE, { jpegQuality: 75 });
  t.strictSame(pixels, expected);

  const both = ramp();
  await sanitise(both, SIDE, { jpegQuality: 75, bits: 4 });
  void sanitise(expected, SIDE, { bits: 4 });
  t.strictSame(both, expected);
});
