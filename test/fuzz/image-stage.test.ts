/** Damaged JPEGs through the fast decoder, which is native code: a failure or a picture, never more than its own row. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { readImageHeader } from '../../src/image/header.ts';
import { ImageStage } from '../../workers/image/decode.ts';
import { runs } from './runs.ts';

const NAMES = ['cat.jpg', 'coffee.jpg', 'coffee-progressive.jpg', 'tripod.jpg'];
const photographs = NAMES.map((name) => readFileSync(new URL(`../fixtures/photos/${name}`, import.meta.url)));
const INPUT = { name: 'image', datatype: 'UINT8', shape: [224, 224, 3] } as const;
const ROW_BYTES = 224 * 224 * 3;
const PREPROCESS = { resize: 256, crop: 224, filter: 'bicubic' } as const;
const UNTOUCHED = 7;

/** Where and what: most of it in the first two kilobytes, where the tables and the header are. */
const damage = fc.record({
  which: fc.nat({ max: photographs.length - 1 }),
  bytes: fc.array(fc.tuple(fc.oneof(fc.nat({ max: 2000 }), fc.nat({ max: 60_000 })), fc.nat({ max: 255 })), {
    minLength: 1,
    maxLength: 12,
  }),
  cutAt: fc.option(fc.integer({ min: 4, max: 60_000 })),
});

t.test('a damaged JPEG gives a failure or a row, and touches no other row', async () => {
  const stage = await ImageStage.create({ decoder: 'turbo', maxImagePixels: 4e6 });
  const property = fc.asyncProperty(damage, async ({ which, bytes, cutAt }) => {
    const file = Buffer.from(photographs[which]!);
    for (const [at, value] of bytes) if (at < file.length) file[at] = value;
    const damaged = file.subarray(0, cutAt ?? file.length);
    const header = readImageHeader(damaged);
    if ('code' in header) return;
    stage.begin(3, INPUT, PREPROCESS);
    (stage.batch(3) as Uint8Array).fill(UNTOUCHED);
    const failure = await stage.place(1, damaged, header);
    assert.ok(failure === undefined || failure.code !== 'INTERNAL', failure?.detail);
    const rows = stage.batch(3) as Uint8Array;
    assert.ok(rows.subarray(0, ROW_BYTES).every((value) => value === UNTOUCHED));
    assert.ok(rows.subarray(2 * ROW_BYTES).every((value) => value === UNTOUCHED));
  });
  await fc.assert(property, { numRuns: runs(2000, 100) });
});
