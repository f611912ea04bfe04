import t from 'tap';
import {
  warmUpDevice,
  warmUpNarrow,
  warmUpWide,
  type DevicePlan,
  type WarmUpPlan,
} from '../../workers/warm-up.ts';

/** Warms up a model whose batches take `cost` milliseconds; returns how often each bucket was run. */
async function bucketsOf(
  plan: Partial<WarmUpPlan>,
  cost: (rows: number) => number,
): Promise<Record<number, number>> {
  const runs: Record<number, number> = {};
  await warmUpNarrow({ maxBatchSize: 64, upTo: undefined, ...plan }, async (rows) => {
    runs[rows] = (runs[rows] ?? 0) + 1;
    return cost(rows);
  });
  return runs;
}

t.test('a model whose rows cost the same in any batch is warmed up for two rows, no further', async (t) => {
  t.same(Object.keys(await bucketsOf({}, (rows) => 2 * rows)), ['1', '2']);
});

t.test('a model whose batches cost the same whatever their rows is warmed up to the limit', async (t) => {
  t.same(Object.keys(await bucketsOf({ maxBatchSize: 16 }, () => 2)), ['1', '2', '4', '8', '16']);
});

t.test('a limit that is no power of two is a bucket itself', async (t) => {
  t.same(Object.keys(await bucketsOf({ maxBatchSize: 6 }, () => 1)), ['1', '2', '4', '6']);
});

t.test('with a known limit all buckets up to it are run, and no others', async (t) => {
  t.same(Object.keys(await bucketsOf({ upTo: 8 }, (rows) => rows)), ['1', '2', '4', '8']);
  t.same(Object.keys(await bucketsOf({ upTo: 8, maxBatchSize: 4 }, (rows) => rows)), ['1', '2', '4']);
});

t.test(
  'the bucket that did not pay is reported as well; the first run of a bucket does not count',
  async (t) => {
    const durations = [1, 5, 3, 1, 9, 8];
    t.same(await warmUpNarrow({ maxBatchSize: 64, upTo: undefined }, async () => durations.shift()!), [
      { rows: 1, width: 'narrow', ms: 3 },
      { rows: 2, width: 'narrow', ms: 8 },
    ]);
  },
);

t.test('a bucket that seems to pay because the smaller one was disturbed does not', async (t) => {
  const durations: Record<number, number[]> = { 1: [9, 9, 9, 2, 2, 2], 2: [4, 4, 4] };
  t.same(
    await warmUpNarrow({ maxBatchSize: 64, upTo: undefined }, async (rows) => durations[rows]!.shift()!),
    [
      { rows: 1, width: 'narrow', ms: 2 },
      { rows: 2, width: 'narrow', ms: 4 },
    ],
  );
});

t.test(
  'where less than a tenth counts, two buckets are run in turn, and the fastest of each counts',
  async (t) => {
    const twentieth = (rows: number): number => rows * (rows === 1 ? 1 : 0.95);
    t.same(Object.keys(await bucketsOf({}, twentieth)), ['1', '2']);
    t.same(Object.keys(await bucketsOf({ paysBelow: 0.97 }, twentieth)), ['1', '2', '4']);
    let run = 0;
    const disturbed = await warmUpNarrow(
      { maxBatchSize: 2, upTo: undefined, paysBelow: 0.97 },
      async (rows) => (++run <= 3 ? 9 : rows),
    );
    t.same(disturbed, [
      { rows: 1, width: 'narrow', ms: 1 },
      { rows: 2, width: 'narrow', ms: 2 },
    ]);
  },
);

t.test('a run that takes long is measured once', async (t) => {
  t.same(await bucketsOf({ maxBatchSize: 1 }, () => 11), { 1: 2 });
  t.same(await bucketsOf({ maxBatchSize: 1 }, () => 9), { 1: 3 });
});

t.test('the wide session is warmed up for those small buckets of the narrow one that pay', async (t) => {
  const narrow = [1, 2, 4, 8].map((rows) => ({ rows, width: 'narrow', ms: 1 }) as const);
  t.same(await warmUpWide(narrow, async (rows) => rows), [
    { rows: 1, width: 'wide', ms: 1 },
    { rows: 2, width: 'wide', ms: 2 },
    { rows: 4, width: 'wide', ms: 4 },
  ]);
  const flat = [1, 2].map((rows) => ({ rows, width: 'narrow', ms: rows }) as const);
  t.same(await warmUpWide(flat, async (rows) => rows), [{ rows: 1, width: 'wide', ms: 1 }]);
});

/** Warms up a device on which batches take `cost` milliseconds; returns the sizes that were run, in order. */
async function onDevice(plan: Partial<DevicePlan>, cost: (rows: number) => number): Promise<number[]> {
  const ran: number[] = [];
  const whole = { maxBatchSize: 8, upTo: undefined, oneMs: cost(1), longestMs: 100, ...plan };
  await warmUpDevice(whole, async (rows) => {
    ran.push(rows);
    return cost(rows);
  });
  return ran;
}

t.test('on a device each larger bucket is run twice, to be compiled and to be measured', async (t) => {
  t.same(await onDevice({}, () => 20), [2, 2, 4, 4, 8, 8]);
  t.same(await onDevice({}, (rows) => 20 * rows), [2, 2], 'up to the first that does not pay');
  t.same(await onDevice({ upTo: 4 }, (rows) => 20 * rows), [2, 2, 4, 4], 'or the largest that is known to');
  t.same(await onDevice({ maxBatchSize: 2 }, () => 2), [2, 2, 2], 'a short run is measured again');
});

t.test('on a device no batch is run that would be too long to be of use', async (t) => {
  t.same(await onDevice({ longestMs: 100 }, () => 60), []);
  t.same(await onDevice({ longestMs: 120 }, () => 60), [2, 2, 4, 4, 8, 8]);
});

t.test('on a slow device larger batches are left out before they make the start long', async (t) => {
  t.same(await onDevice({ longestMs: Infinity }, () => 2600), []);
  t.same(
    await onDevice({ longestMs: Infinity }, () => 1000),
    [2, 2, 4, 4, 8, 8],
    'none costs more than foreseen',
  );
});
