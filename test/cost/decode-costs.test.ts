import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { DecodeCosts } from '../../src/cost/decode-costs.ts';
import type { ImageHeader } from '../../src/image/header.ts';

const RESIZE = 256;

const jpeg = (width: number, height: number, fast = true, progressive = false): ImageHeader =>
  ({ format: 'jpeg', width, height, fast, progressive }) as ImageHeader;
const imageOf = (format: 'png' | 'webp', width: number, height: number): ImageHeader =>
  ({ format, width, height, fast: false }) as ImageHeader;

/** Observes the image again and again. */
function learn(costs: DecodeCosts, header: ImageHeader, bytes: number, ms: number, times = 300): void {
  for (let image = 0; image < times; image++) costs.observe(header, bytes, ms);
}

t.test('the first photograph of 12 megapixels is predicted to take longer than a small one', async (t) => {
  const costs = new DecodeCosts(RESIZE);
  const small = costs.meanMs(jpeg(500, 375), 100_000);
  t.ok(costs.meanMs(jpeg(4000, 3000), 3e6) > 10 * small);
  t.ok(costs.meanMs(imageOf('png', 500, 375), 300_000) > 2 * small, 'nor a PNG for a JPEG');
  t.ok(costs.meanMs(jpeg(500, 375, false), 100_000) > 1.5 * small, 'nor one that the fast decoder refuses');
});

t.test('learns what an image of that kind and size takes', async (t) => {
  const costs = new DecodeCosts(RESIZE);
  learn(costs, jpeg(500, 375), 100_000, 1.2);
  t.ok(Math.abs(costs.meanMs(jpeg(500, 375), 100_000) - 1.2) < 0.01);
});

t.test('learns how it grows with pixels, from images of several sizes', async (t) => {
  const costs = new DecodeCosts(RESIZE);
  for (let image = 0; image < 5000; image++) {
    const side = [200, 300, 400, 500][image % 4]!;
    costs.observe(jpeg(side, side), 0, 0.5 + (8 * side * side) / 1e6);
  }
  for (const side of [250, 450]) {
    const expected = 0.5 + (8 * side * side) / 1e6;
    const predicted = costs.meanMs(jpeg(side, side), 0);
    t.ok(Math.abs(predicted - expected) < 0.15, `${predicted} ms for ${side} pixels, not ${expected}`);
  }
});

t.test(
  'kinds learn separately: formats, JPEGs by decoder, and JPEGs decoded at a reduced size',
  async (t) => {
    const kinds = [
      jpeg(400, 400),
      jpeg(400, 400, false),
      jpeg(4 * RESIZE, 4 * RESIZE),
      imageOf('png', 400, 400),
      imageOf('webp', 400, 400),
    ];
    for (const taught of kinds) {
      const costs = new DecodeCosts(RESIZE);
      const before = kinds.map((kind) => costs.meanMs(kind, 1000));
      learn(costs, taught, 1000, 50, 1);
      const changed = kinds.filter((kind, index) => costs.meanMs(kind, 1000) !== before[index]);
      t.same(changed, [taught]);
    }
  },
);

t.test('the short side decides which JPEGs are decoded at a reduced size', async (t) => {
  const costs = new DecodeCosts(RESIZE);
  learn(costs, jpeg(4 * RESIZE, 4000), 0, 100, 1);
  const untaught = new DecodeCosts(RESIZE);
  const long = jpeg(4 * RESIZE - 1, 4000);
  t.equal(costs.meanMs(long, 0), untaught.meanMs(long, 0), 'one pixel less, and it is not');
});

t.test('a large progressive JPEG counts as one for the slow decoder', async (t) => {
  const costs = new DecodeCosts(RESIZE);
  t.equal(costs.meanMs(jpeg(2000, 1500, true, true), 0), costs.meanMs(jpeg(2000, 1500, false), 0));
  t.equal(costs.meanMs(jpeg(500, 375, true, true), 0), costs.meanMs(jpeg(500, 375), 0));
});

t.test('the recent mean is used for an image whose header is not known yet', async (t) => {
  const costs = new DecodeCosts(RESIZE);
  t.ok(costs.typicalMs > 0, 'a guess at first');
  learn(costs, jpeg(400, 400), 1000, 7);
  t.ok(Math.abs(costs.typicalMs - 7) < 0.01);
  learn(costs, imageOf('png', 400, 400), 1000, 20);
  t.ok(Math.abs(costs.typicalMs - 20) < 0.01, 'of all kinds');
});

t.test('one image corrects a tenth of the error', async (t) => {
  const costs = new DecodeCosts(RESIZE);
  const before = costs.meanMs(jpeg(400, 400), 1000);
  costs.observe(jpeg(400, 400), 1000, before + 10);
  t.ok(Math.abs(costs.meanMs(jpeg(400, 400), 1000) - before - 1) < 1e-9);
});

t.test('two models learn separately', async (t) => {
  const [one, other] = [new DecodeCosts(RESIZE), new DecodeCosts(RESIZE)];
  const before = other.meanMs(jpeg(400, 400), 1000);
  learn(one, jpeg(400, 400), 1000, 50);
  t.equal(other.meanMs(jpeg(400, 400), 1000), before);
});

t.test('predictions are never negative', async () => {
  const header = fc.record({
    format: fc.constantFrom('jpeg', 'png', 'webp'),
    fast: fc.boolean(),
    width: fc.integer({ min: 1, max: 20_000 }),
    height: fc.integer({ min: 1, max: 20_000 }),
  }) as unknown as fc.Arbitrary<ImageHeader>;
  const seen = fc.tuple(header, fc.nat({ max: 20e6 }), fc.double({ min: 0, max: 1e5, noNaN: true }));
  fc.assert(
    fc.property(fc.array(seen), header, fc.nat({ max: 20e6 }), (all, next, bytes) => {
      const costs = new DecodeCosts(RESIZE);
      for (const one of all) costs.observe(...one);
      const predicted = costs.meanMs(next, bytes);
      assert.ok(predicted >= 0 && Number.isFinite(predicted));
      assert.ok(costs.typicalMs >= 0 && Number.isFinite(costs.typicalMs));
    }),
  );
});
