import t from 'tap';
import { CostModel, type CostSettings, type RanBatch } from '../../src/cost/cost-model.ts';
import type { ImageHeader } from '../../src/image/header.ts';
import type { Payload } from '../../src/thread/payload.ts';

const WARM_UP = [
  { rows: 1, width: 'narrow', ms: 8 },
  { rows: 2, width: 'narrow', ms: 9 },
  { rows: 4, width: 'narrow', ms: 11 },
  { rows: 1, width: 'wide', ms: 5 },
] as const;
const SETTINGS: CostSettings = { warmUp: WARM_UP, maxBatchSize: 8, sloMs: 200, resize: 256 };
const costsOf = (changed: Partial<CostSettings> = {}): CostModel =>
  new CostModel({ ...SETTINGS, ...changed });

const IMAGE: Payload = {
  kind: 'image',
  rows: 1,
  topK: 1,
  header: { format: 'jpeg', fast: true, width: 400, height: 300 } as ImageHeader,
  bytes: new Uint8Array(50_000),
};
/** Rows that took exactly what was predicted. */
const AS_PREDICTED: RanBatch = {
  rows: 1,
  width: 'narrow',
  payloads: [],
  decodeMsOf: [],
  inferMs: 7.5,
  postMs: 0.5,
};

t.test('a batch takes its decoding and its run', async (t) => {
  const costs = costsOf();
  t.equal(costs.batchMs(2, 0), 9);
  t.equal(costs.batchMs(2, 3.5), 12.5);
  t.equal(costs.batchMs(1, 1, 'wide'), 6);
});

t.test(
  'a batch takes at most half of the SLO, because a request that misses it waits for all of it',
  async (t) => {
    t.equal(costsOf({ sloMs: 22 }).cap, 4);
    t.equal(costsOf({ sloMs: 21.9 }).cap, 2);
    t.equal(costsOf({ sloMs: 1 }).cap, 1);
    t.equal(costsOf({ sloMs: 22 }).maxBatchMs, 11);
  },
);

t.test('the largest bucket to warm up does not depend on the SLO', async (t) => {
  t.equal(costsOf({ sloMs: 1 }).payingRows, 4);
  t.equal(costsOf({ sloMs: 1, maxBatchSize: 2 }).payingRows, 2);
});

t.test('the model’s own limit bounds the cap', async (t) => {
  t.equal(costsOf({ maxBatchSize: 3 }).cap, 2);
  t.equal(costsOf({ maxBatchSize: 1 }).cap, 1);
});

t.test('a batch can run wide if warm-up has run its size wide', async (t) => {
  const costs = costsOf();
  t.ok(costs.canRunWide(1));
  t.notOk(costs.canRunWide(2));
});

t.test('a model that takes rows decodes nothing', async (t) => {
  const costs = costsOf({ resize: undefined });
  t.equal(costs.decodeMs(IMAGE), 0);
  t.equal(costs.typicalDecodeMs, 0);
  costs.observe({ ...AS_PREDICTED, payloads: [IMAGE], decodeMsOf: [5] });
  t.equal(costs.decodeMs(IMAGE), 0);
});

t.test('the time of each image, and of the run with post-processing, is learned', async (t) => {
  const costs = costsOf();
  const large: Payload = {
    ...IMAGE,
    header: { ...IMAGE.header, width: 4000, height: 3000 },
  };
  const ran = { rows: 2, width: 'narrow', payloads: [IMAGE, large], decodeMsOf: [3, 40] } as const;
  for (let batch = 0; batch < 500; batch++) costs.observe({ ...ran, inferMs: 16, postMs: 2 });
  t.ok(Math.abs(costs.decodeMs(IMAGE) - 3) < 0.01, `${costs.decodeMs(IMAGE)} ms`);
  t.ok(Math.abs(costs.decodeMs(large) - 40) < 0.01, `${costs.decodeMs(large)} ms`);
  t.ok(Math.abs(costs.batchMs(2, 0) - 18) < 0.5, `${costs.batchMs(2, 0)} ms`);
  t.equal(costs.batchMs(1, 0, 'wide'), 5, 'the other width learns nothing');
});

t.test('the tail is p99 of actual over predicted time, initially a constant', async (t) => {
  const costs = costsOf();
  t.equal(costs.tail, 1.3);
  for (let batch = 0; batch < 300; batch++) costs.observe(AS_PREDICTED);
  t.ok(Math.abs(costs.tail - 1) < 1e-6, `${costs.tail} when all is as predicted`);
  for (let batch = 0; batch < 300; batch++) {
    costs.observe({ ...AS_PREDICTED, inferMs: batch % 20 === 0 ? 24 : 8, postMs: 0 });
  }
  t.ok(costs.tail > 2 && costs.tail < 3.5, `${costs.tail} when one in twenty takes three times as long`);
});

t.test('the tail is at least 1', async (t) => {
  const costs = costsOf();
  for (let batch = 0; batch < 16; batch++) costs.observe({ ...AS_PREDICTED, inferMs: 1, postMs: 0 });
  t.equal(costs.tail, 1);
});

t.test('slow decoding counts in the tail', async (t) => {
  const costs = costsOf();
  for (let batch = 0; batch < 16; batch++) {
    costs.observe({ ...AS_PREDICTED, payloads: [IMAGE], decodeMsOf: [100 * 2 ** batch] });
  }
  t.ok(costs.tail > 5, `${costs.tail}`);
});

t.test('a batch without a prediction does not change the tail', async (t) => {
  const costs = costsOf({ warmUp: [], resize: undefined });
  costs.observe(AS_PREDICTED);
  t.equal(costs.tail, 1.3);
  t.equal(costs.cap, 1);
});

t.test('buckets are those of the warm-up, with what was seen since', async (t) => {
  const costs = costsOf();
  costs.observe(AS_PREDICTED);
  t.same(costs.buckets, [
    { rows: 1, width: 'narrow', meanMs: 8, observed: 1 },
    { rows: 2, width: 'narrow', meanMs: 9, observed: 0 },
    { rows: 4, width: 'narrow', meanMs: 11, observed: 0 },
    { rows: 1, width: 'wide', meanMs: 5, observed: 0 },
  ]);
});

t.test('work is counted in batches of the size that pays, each image with its decoding', async (t) => {
  const costs = costsOf();
  t.equal(costs.cap, 4);
  t.equal(costs.shareMs({ rows: 1, decodeMs: 0 }), 11 / 4);
  t.equal(costs.shareMs({ rows: 8, decodeMs: 3 }), 3 + 22);
  const two = costs.workOf([IMAGE, IMAGE]);
  t.same(two, { rows: 2, decodeMs: 2 * costs.decodeMs(IMAGE) });
  t.same(costs.workOf(undefined), { rows: 1, decodeMs: costs.typicalDecodeMs }, 'the usual request');
});
