import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { RunCosts } from '../../src/cost/run-costs.ts';
import type { WarmUpRun, Width } from '../../src/thread/load.ts';

const runs = (width: Width, ms: Readonly<Record<number, number>>): WarmUpRun[] =>
  Object.entries(ms).map(([rows, each]) => ({ rows: Number(rows), width, ms: each }));
const narrow = (ms: Readonly<Record<number, number>>): RunCosts => new RunCosts(runs('narrow', ms));
/** A row costs 8 ms alone and 1 ms more in any batch. */
const MATRIX_BOUND = { 1: 8, 2: 9, 4: 11, 8: 15 };

t.test('a batch that pays little is made while as many rows again wait', (t) => {
  // A row is 4 and 8 % cheaper than alone.
  const ms = { 1: 10, 2: 19.2, 4: 36.8 };
  const warmUp = runs('narrow', ms);
  t.equal(new RunCosts(warmUp).cap(64, 1000), 1, 'nothing of it where a tenth is asked for');
  const costs = new RunCosts(warmUp, 0.97);
  t.equal(costs.cap(64, 1000), 4);
  for (const [queued, rows] of [
    [1, 1],
    [3, 1],
    [4, 2],
    [7, 2],
    [8, 4],
    [1000, 4],
  ] as const) {
    t.equal(costs.cap(64, 1000, queued), rows, `${queued} rows wait`);
  }
  t.equal(costs.cap(64, 30, 1000), 2, 'no longer than the objective allows');
  t.end();
});

t.test('a batch that pays is made however few wait', (t) => {
  t.equal(new RunCosts(runs('narrow', { 1: 20, 2: 21, 4: 24 }), 0.97).cap(64, 1000, 2), 4);
  t.end();
});

t.test('predicts what warm-up has measured', async (t) => {
  const costs = narrow(MATRIX_BOUND);
  for (const [rows, ms] of Object.entries(MATRIX_BOUND)) t.equal(costs.meanMs(Number(rows), 'narrow'), ms);
});

t.test('predictions are linear between buckets, and below the first those of the first', async (t) => {
  const costs = narrow({ 2: 10, 4: 30 });
  t.equal(costs.meanMs(3, 'narrow'), 20);
  t.equal(costs.meanMs(1, 'narrow'), 10);
});

t.test('beyond the last bucket every row costs as much as one there', async (t) => {
  const costs = narrow({ 1: 10, 4: 20 });
  t.equal(costs.meanMs(8, 'narrow'), 40);
  t.equal(costs.meanMs(6, 'narrow'), 30);
});

t.test(
  'predicts nothing where there was no warm-up, and learns nothing of a width that is not there',
  async (t) => {
    const costs = narrow({ 1: 10 });
    t.equal(costs.meanMs(1, 'wide'), 0);
    costs.observe(1, 'wide', 50);
    t.equal(costs.meanMs(1, 'wide'), 0);
    t.equal(costs.meanMs(1, 'narrow'), 10);
    t.equal(narrow({}).cap(8, 100), 1);
  },
);

t.test('a model that nothing could be measured of is known from its first batch', async (t) => {
  const costs = narrow({});
  costs.observe(1, 'narrow', 30);
  t.equal(costs.meanMs(1, 'narrow'), 30);
  costs.observe(1, 'narrow', 60);
  t.ok(costs.meanMs(1, 'narrow') > 30);
});

t.test('covers what warm-up has run on that width, and no more', async (t) => {
  const costs = new RunCosts([...runs('narrow', { 1: 8, 8: 15 }), ...runs('wide', { 1: 5, 4: 6 })]);
  t.same(
    [4, 5, 8, 9].map((rows) => [costs.covers(rows, 'narrow'), costs.covers(rows, 'wide')]),
    [
      [true, true],
      [true, false],
      [true, false],
      [false, false],
    ],
  );
  t.notOk(narrow({ 1: 8 }).covers(1, 'wide'));
});

t.test('a slower machine is learned for every bucket, also those not run since', async (t) => {
  const costs = narrow(MATRIX_BOUND);
  for (let run = 0; run < 200; run++) costs.observe(1, 'narrow', 16);
  t.ok(Math.abs(costs.meanMs(1, 'narrow') - 16) < 0.5, `${costs.meanMs(1, 'narrow')} ms for a row`);
  const eight = costs.meanMs(8, 'narrow');
  t.ok(
    eight > 24 && eight < 31,
    `${eight} ms for eight, of 15: most of it is the machine, a little that bucket`,
  );
});

t.test('the two widths learn separately', async (t) => {
  const costs = new RunCosts([...runs('narrow', { 1: 8 }), ...runs('wide', { 1: 5 })]);
  for (let run = 0; run < 50; run++) costs.observe(1, 'narrow', 16);
  t.equal(costs.meanMs(1, 'wide'), 5);
  t.ok(costs.meanMs(1, 'narrow') > 12);
});

t.test('a deviation from warm-up is learned, bucket by bucket', async (t) => {
  const costs = narrow({ 1: 10, 2: 12 });
  for (let run = 0; run < 2000; run++) {
    costs.observe(1, 'narrow', 10);
    costs.observe(2, 'narrow', 20);
  }
  t.ok(Math.abs(costs.meanMs(1, 'narrow') - 10) < 1, `${costs.meanMs(1, 'narrow')} ms for one`);
  t.ok(Math.abs(costs.meanMs(2, 'narrow') - 20) < 2, `${costs.meanMs(2, 'narrow')} ms for two`);
});

t.test('one interrupted run changes the prediction little, and is forgotten', async (t) => {
  const costs = narrow({ 1: 10 });
  costs.observe(1, 'narrow', 10_000);
  const afterOne = costs.meanMs(1, 'narrow');
  t.ok(afterOne > 10 && afterOne < 15, `${afterOne} ms after a run of ten seconds`);
  for (let run = 0; run < 300; run++) costs.observe(1, 'narrow', 10);
  t.ok(Math.abs(costs.meanMs(1, 'narrow') - 10) < 0.1);
});

t.test('buckets report their current cost and the number of runs observed', async (t) => {
  const costs = new RunCosts([
    ...runs('narrow', { 2: 9 }),
    ...runs('narrow', { 1: 8 }),
    ...runs('wide', { 1: 5 }),
  ]);
  costs.observe(2, 'narrow', 9);
  costs.observe(2, 'narrow', 9);
  t.same(costs.buckets, [
    { rows: 1, width: 'narrow', meanMs: 8, observed: 0 },
    { rows: 2, width: 'narrow', meanMs: 9, observed: 2 },
    { rows: 1, width: 'wide', meanMs: 5, observed: 0 },
  ]);
});

t.test('the cap of a model whose rows cost the same in any batch is one', async (t) => {
  t.equal(narrow({ 1: 8, 2: 16, 4: 32 }).cap(64, 1000), 1);
  t.equal(narrow({ 1: 8, 2: 14.5 }).cap(64, 1000), 1, 'less than a tenth is not worth it');
  t.equal(narrow({ 1: 8, 2: 14.3 }).cap(64, 1000), 2);
});

t.test('the cap of a matrix-bound model is the largest batch, as far as it is allowed', async (t) => {
  const costs = narrow(MATRIX_BOUND);
  t.equal(costs.cap(64, 1000), 8);
  t.equal(costs.cap(7, 1000), 4);
  t.equal(costs.cap(64, 11), 4, 'no longer than that');
  t.equal(costs.cap(64, 1), 1, 'a single row is always taken');
});

t.test('a size that does not pay is passed over for a larger one that does', async (t) => {
  t.equal(narrow({ 1: 8, 2: 16, 4: 20 }).cap(64, 1000), 4);
});

t.test('a machine that has become slower gets a smaller cap', async (t) => {
  const costs = narrow(MATRIX_BOUND);
  t.equal(costs.cap(64, 12), 4);
  for (let run = 0; run < 200; run++) costs.observe(1, 'narrow', 16);
  t.equal(costs.cap(64, 12), 1);
});

const curves = fc.array(fc.double({ min: 0.1, max: 500, noNaN: true }), { minLength: 1, maxLength: 8 });
const warmUpOf = (ms: readonly number[]): WarmUpRun[] =>
  ms.map((each, index) => ({ rows: 2 ** index, width: 'narrow', ms: each }));

t.test('the cap is a bucket within the limit, within the time, and pays', async () => {
  const property = fc.property(
    curves,
    fc.integer({ min: 1, max: 300 }),
    fc.double({ min: 0, max: 500, noNaN: true }),
    (ms, limit, maxMs) => {
      const costs = new RunCosts(warmUpOf(ms));
      const cap = costs.cap(limit, maxMs);
      assert.ok(warmUpOf(ms).some(({ rows }) => rows === cap));
      assert.ok(cap <= limit);
      if (cap === 1) return;
      assert.ok(costs.meanMs(cap, 'narrow') <= maxMs);
      assert.ok(costs.meanMs(cap, 'narrow') / cap <= 0.9 * costs.meanMs(1, 'narrow') + 1e-9);
    },
  );
  fc.assert(property);
});

t.test('a prediction lies between those of the two neighbouring buckets', async () => {
  fc.assert(
    fc.property(curves, fc.integer({ min: 1, max: 128 }), (ms, rows) => {
      fc.pre(rows <= 2 ** (ms.length - 1));
      const above = Math.ceil(Math.log2(rows));
      const pair = [ms[above]!, ms[Math.floor(Math.log2(rows))]!];
      const predicted = new RunCosts(warmUpOf(ms)).meanMs(rows, 'narrow');
      assert.ok(predicted >= Math.min(...pair) - 1e-9 && predicted <= Math.max(...pair) + 1e-9);
    }),
  );
});

t.test('whatever is observed, a prediction stays positive and finite', async () => {
  const observations = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 16 }), fc.double({ min: 0, max: 1e6, noNaN: true })),
  );
  fc.assert(
    fc.property(curves, observations, (ms, all) => {
      const costs = new RunCosts(warmUpOf(ms));
      for (const [rows, each] of all) costs.observe(rows, 'narrow', each);
      for (const { meanMs } of costs.buckets) assert.ok(meanMs > 0 && Number.isFinite(meanMs));
    }),
  );
});
