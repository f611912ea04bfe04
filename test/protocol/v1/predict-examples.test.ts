import { readFileSync } from 'node:fs';
import t from 'tap';
import { readImageHeader } from '../../../src/image/header.ts';
import { decodeJsonImages } from '../../../src/protocol/v1/codec/images/json.ts';
import { ANSWERS, BODIES, PIXEL } from '../../../src/protocol/v1/predict-examples.ts';

const limits = { maxImages: 16, classes: 1000 };

t.test('the classes in the example are those of the photograph', async (t) => {
  const references = JSON.parse(readFileSync('test/fixtures/references.json', 'utf8')) as {
    photographs: Record<
      string,
      { top5: Record<string, { class_id: number; label: string; probability: number }[]> }
    >;
  };
  const expected = references.photographs['cat.jpg']!.top5['1']!;
  for (const [i, { class_id, label, probability }] of ANSWERS.imageAnswer.value.predictions.entries()) {
    t.match(expected[i], { class_id, label });
    // Tolerance for the fast decoder.
    t.ok(Math.abs(expected[i]!.probability - probability) < 0.03, label);
  }
});

t.test('the requests in the examples are accepted', async (t) => {
  const imagesIn = (value: unknown): number =>
    decodeJsonImages(Buffer.from(JSON.stringify(value)), limits).images.length;
  t.equal(imagesIn(BODIES.image.value), 1);
  t.equal(imagesIn(BODIES.url.value), 1);
  t.equal(imagesIn(BODIES.images.value), 2);
  t.match(readImageHeader(Buffer.from(PIXEL, 'base64')), { format: 'webp', width: 1, height: 1 });
});
