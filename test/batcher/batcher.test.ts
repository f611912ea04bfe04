import fc from 'fast-check';
import t from 'tap';
import { Batcher } from '../../src/batcher/batcher.ts';
import type { Batch } from '../../src/batcher/entry.ts';
import type { DropReason } from '../../src/batcher/entry.ts';
import type { Payload } from '../../src/thread/payload.ts';
import type { ItemResult } from '../../src/thread/messages.ts';
import { RecordedEntry, rowsPayload } from '../support/entries.ts';
import { FakeCosts, type Prices } from '../support/fake-costs.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { commands, Model, Real } from './batcher-model.ts';

const ANSWER: ItemResult = { kind: 'classes', classes: [1], probabilities: [1] };
const TIMES = { decodeMs: 1, inferMs: 3, postMs: 1 };
const DONE = { kind: 'done', decodeMsOf: [1], ...TIMES } as const;

/** A batcher that cuts whatever waits into one batch. */
function setup({
  maxQueueRows = 16,
  maxBatchBytes = 1000,
  ...prices
}: Prices & { maxQueueRows?: number; maxBatchBytes?: number } = {}) {
  const clock = new FakeClock();
  const events: unknown[] = [];
  const batcher = new Batcher(
    { labels: { model: 'm', version: '1' }, instance: 0, maxQueueDelayMs: 0, maxQueueRows, maxBatchBytes },
    new FakeCosts(prices).asCostModel,
    clock,
    {
      rowsDropped: (_labels, rows, stage, reason) => events.push(['dropped', rows, stage, reason]),
      rowsWasted: (_labels, rows) => events.push(['wasted', rows]),
    },
  );
  const queue = (...rows: readonly number[]): RecordedEntry[] =>
    rows.map((count) => {
      const entry = new RecordedEntry(rowsPayload(count), clock.now());
      batcher.enqueue(entry);
      return entry;
    });
  const cut = (): Batch => {
    const decision = batcher.decide(1);
    if (decision.kind !== 'cut') throw new Error(`the batcher says ${decision.kind}`);
    return batcher.cut(decision);
  };
  return { batcher, clock, events, queue, cut };
}

t.test('every entry is settled exactly once, in order', async () => {
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 80, size: 'max' }), (sequence) => {
      fc.modelRun(() => ({ model: new Model(), real: new Real() }), sequence);
    }),
    { numRuns: 300 },
  );
});

t.test('each entry gets its own part of the result', async (t) => {
  const { batcher, queue, cut } = setup();
  const entries = queue(1, 2);
  const parts = [1, 2].map((rows) => ({ shape: [rows], data: new Uint8Array(rows) }));
  const items = parts.map((part): ItemResult => ({ kind: 'outputs', outputs: [part] }));
  batcher.settle(cut(), { ...DONE, items });
  for (const [index, { outcome }] of entries.entries()) {
    t.match(outcome, { kind: 'done', result: { outputs: [parts[index]] }, batch: { rows: 3, ...TIMES } });
  }
});

t.test('one bad image of a batch fails alone', async (t) => {
  const { batcher, queue, cut } = setup();
  const [bad, good] = queue(1, 1);
  const failure = { kind: 'failure', code: 'IMAGE_CORRUPT', detail: 'It cannot be decoded.' } as const;
  batcher.settle(cut(), { ...DONE, items: [failure, ANSWER] });
  t.match(bad!.outcome, { kind: 'failed', failure: { code: 'IMAGE_CORRUPT' } });
  t.match(good!.outcome, { kind: 'done' });
});

t.test('queue time is all time that was not work on the batch', async (t) => {
  const { batcher, clock, queue, cut } = setup();
  const [entry] = queue(1);
  clock.advance(7);
  const batch = cut();
  clock.advance(6);
  batcher.settle(batch, { ...DONE, items: [ANSWER] });
  t.match(entry!.outcome, { queueMs: 8 }, '13 ms in all, 5 of them work');
});

t.test('queue time is never negative, even if the clocks of two threads differ', async (t) => {
  const { batcher, queue, cut } = setup();
  const [entry] = queue(1);
  batcher.settle(cut(), { ...DONE, items: [ANSWER] });
  t.match(entry!.outcome, { queueMs: 0 });
});

t.test('a batch fails when its worker dies while running it', async (t) => {
  const { batcher, queue, cut } = setup();
  const [entry] = queue(1);
  batcher.settle(cut(), { kind: 'died', started: true });
  t.match(entry!.outcome, { kind: 'failed', failure: { code: 'WORKER_DIED' } });
  t.equal(batcher.queuedRows, 0);
});

t.test('a batch whose worker died before starting it is queued again at the head, once', async (t) => {
  const { batcher, queue, cut } = setup();
  const first = queue(1, 1);
  const batch = cut();
  const later = queue(1);
  batcher.settle(batch, { kind: 'died', started: false });
  const again = cut();
  t.same(
    again.entries.map((entry) => [...first, ...later].indexOf(entry as RecordedEntry)),
    [0, 1, 2],
  );
  batcher.settle(again, { kind: 'died', started: false });
  t.match(
    first.map(({ outcome }) => outcome),
    [{ failure: { code: 'WORKER_DIED' } }, { failure: { code: 'WORKER_DIED' } }],
  );
  t.equal(later[0]!.outcome, undefined, 'it has had one chance only');
  t.equal(batcher.queuedRows, 1);
});

t.test('an entry that was queued again keeps its queue time', async (t) => {
  const { batcher, clock, queue, cut } = setup();
  queue(1);
  const batch = cut();
  clock.advance(5);
  queue(1);
  batcher.settle(batch, { kind: 'died', started: false });
  t.equal(batcher.oldestQueuedAt, 0);
});

for (const reason of ['abandoned', 'expired'] as const satisfies DropReason[]) {
  t.test(`an entry that is ${reason} while it waits leaves the queue and is never run`, async (t) => {
    const { batcher, events, queue, cut } = setup();
    const [gone, stays] = queue(2, 1);
    batcher.drop(gone!, reason);
    t.same(gone!.outcomes, [{ kind: 'dropped', reason }]);
    t.same(events, [['dropped', 2, 'queue', reason]]);
    t.ok(cut().entries[0] === stays);
  });
}

t.test('a result that no client waits for is discarded, and its rows are counted as wasted', async (t) => {
  const { batcher, events, queue, cut } = setup();
  const [gone, stays] = queue(2, 1);
  const batch = cut();
  batcher.drop(gone!, 'abandoned');
  batcher.settle(batch, { ...DONE, items: [ANSWER, ANSWER] });
  t.match(stays!.outcome, { kind: 'done' });
  t.same(gone!.outcomes, [{ kind: 'dropped', reason: 'abandoned' }]);
  t.same(events, [['wasted', 2]]);
});

t.test('a batch is taken back when the last of its entries is dropped, not before', async (t) => {
  const { batcher, queue, cut } = setup();
  const [first, second] = queue(1, 1);
  const batch = cut();
  let takenBack = 0;
  batch.takeBack = () => takenBack++;
  batcher.drop(first!, 'abandoned');
  t.equal(takenBack, 0);
  batcher.drop(second!, 'expired');
  t.equal(takenBack, 1);
});

t.test('a batch that was taken back counts its rows as dropped, by the reason of each', async (t) => {
  const { batcher, events, queue, cut } = setup();
  const [first, second] = queue(1, 2);
  const batch = cut();
  batcher.drop(first!, 'abandoned');
  batcher.drop(second!, 'expired');
  batcher.settle(batch, { kind: 'cancelled' });
  t.same(events, [
    ['dropped', 1, 'prefetched', 'abandoned'],
    ['dropped', 2, 'prefetched', 'expired'],
  ]);
});

t.test('rows dropped on a worker that died before starting them are counted too', async (t) => {
  const { batcher, events, queue, cut } = setup();
  const [gone] = queue(2, 1);
  const batch = cut();
  batcher.drop(gone!, 'abandoned');
  batcher.settle(batch, { kind: 'died', started: false });
  t.same(events, [['dropped', 2, 'prefetched', 'abandoned']]);
  t.equal(batcher.queuedRows, 1);
});

t.test('a batch of several entries fits into a slot; a larger entry is sent alone', async (t) => {
  const { queue, cut } = setup({ maxBatchBytes: 10 });
  queue(1, 1, 1, 4);
  t.equal(cut().rows, 2, '4 bytes each');
  t.equal(cut().rows, 1);
  t.equal(cut().rows, 4);
});

t.test('has room while the queued rows are within the bound', async (t) => {
  const { batcher, queue } = setup({ maxQueueRows: 3 });
  queue(2);
  t.ok(batcher.hasRoomFor(1));
  t.notOk(batcher.hasRoomFor(2));
});

/** An image that takes as many milliseconds to decode as it has bytes. */
const image = (ms: number): Payload =>
  ({ kind: 'image', rows: 1, bytes: new Uint8Array(ms), header: {}, topK: 1 }) as unknown as Payload;

t.test('the predicted work of an entry is its decoding and its share of a batch of usual size', async (t) => {
  const { batcher, queue, cut } = setup({ cap: 4, rowMs: 2 });
  t.equal(batcher.queuedMs, 0);
  const [entry] = queue(3);
  t.match(entry, { decodeMs: 0, workMs: 6 });
  const decoded = new RecordedEntry(image(5));
  batcher.enqueue(decoded);
  t.match(decoded, { decodeMs: 5, workMs: 7 });
  t.equal(batcher.queuedMs, 13);
  t.match(cut(), { rows: 3, decodeMs: 0 }, 'tensors and images are not run together');
  t.match(cut(), { rows: 1, decodeMs: 5 });
  t.equal(batcher.queuedMs, 0);
});

t.test('rows of other shapes are not run together', async (t) => {
  const { batcher, cut } = setup({ cap: 4, rowMs: 1 });
  for (const rowShapes of ['8', '8', '16', '8']) {
    batcher.enqueue(new RecordedEntry({ ...rowsPayload(1), rowShapes }));
  }
  t.same([cut().rows, cut().rows, cut().rows], [2, 1, 1]);
});

t.test('a batch is predicted to take its share of the queued work', async (t) => {
  const { batcher, queue } = setup({ cap: 4, rowMs: 2 });
  const decision = { kind: 'cut', reason: 'idle', shares: 1 } as const;
  queue(1, 1, 1, 1);
  t.equal(batcher.msOf({ ...decision, rows: 1 }), 2);
  t.equal(batcher.msOf({ ...decision, rows: 4 }), 8);
  t.equal(batcher.msOf({ ...decision, rows: 9 }), 8, 'and never more than all of it');
});

t.test('it is not predicted to exceed the limit of a batch, unless its first entry does', async (t) => {
  const decision = { kind: 'cut', reason: 'idle', shares: 1, rows: 4 } as const;
  const { batcher, queue } = setup({ cap: 4, rowMs: 2, maxBatchMs: 5 });
  queue(1, 1, 1, 1);
  t.equal(batcher.msOf(decision), 5);
  const long = setup({ cap: 4, rowMs: 2, maxBatchMs: 5 });
  long.queue(4, 1);
  t.equal(long.batcher.msOf(decision), 8);
});

t.test('a batch is cut where it would exceed its time limit', async (t) => {
  const { queue, cut } = setup({ rowMs: 2, maxBatchMs: 5 });
  queue(1, 1, 1, 4, 1);
  t.equal(cut().rows, 2);
  t.equal(cut().rows, 1);
  t.equal(cut().rows, 4, 'a single entry takes what it takes');
});

t.test('the first batch of a queue shared by several workers has its share of the work', async (t) => {
  const { batcher } = setup();
  for (const ms of [30, 10, 10, 10]) batcher.enqueue(new RecordedEntry(image(ms)));
  const shared = { kind: 'cut', reason: 'idle', shares: 2 } as const;
  t.equal(batcher.cut({ ...shared, rows: 2 }).rows, 1, '30 ms of 60');
  t.equal(batcher.cut({ ...shared, rows: 3, shares: 1 }).rows, 3, 'the last one takes the rest');
});

/** Entries of one row, which takes 10 ms, each due at its time. */
function due(...times: readonly (readonly [at: number, strict: boolean])[]) {
  const made = setup({ rowMs: 10 });
  const entries = times.map(([at, strict]) => new RecordedEntry(rowsPayload(1), 0, { at, strict }));
  for (const entry of entries) made.batcher.enqueue(entry);
  return { ...made, entries };
}

const codeOf = ({ outcome }: RecordedEntry): string | undefined =>
  outcome?.kind === 'failed' ? outcome.failure.code : outcome?.kind;

t.test(
  'an entry fails once its deadline can no longer be met, with or without entries behind it',
  async (t) => {
    const { batcher, clock, events, entries } = due([20, true]);
    clock.advance(10);
    batcher.dropLate();
    t.equal(batcher.queuedRows, 1, 'it would be done just in time');
    clock.advance(0.1);
    batcher.dropLate();
    t.same(entries.map(codeOf), ['DEADLINE_EXCEEDED']);
    t.equal(batcher.queuedRows, 0);
    t.same(events, [['dropped', 1, 'queue', 'late']]);
  },
);

t.test(
  'an entry that misses only the SLO fails if others are queued behind it, and is run otherwise',
  async (t) => {
    const { batcher, clock, entries } = due([20, false], [1000, false]);
    const alone = due([20, false]);
    clock.advance(11);
    batcher.dropLate();
    t.same(entries.map(codeOf), ['OVERLOADED', undefined]);
    alone.clock.advance(11);
    alone.batcher.dropLate();
    t.same(alone.entries.map(codeOf), [undefined]);
    t.equal(alone.batcher.queuedRows, 1);
  },
);

t.test('of several late entries the last one is run, if nothing is queued behind it', async (t) => {
  const { batcher, clock, entries } = due([20, false], [21, true], [22, false]);
  clock.advance(30);
  batcher.dropLate();
  t.same(entries.map(codeOf), ['OVERLOADED', 'DEADLINE_EXCEEDED', undefined]);
});

t.test('a late entry behind one that is on time stays queued: both may be run in one batch', async (t) => {
  const { batcher, clock, entries } = due([1000, true], [20, true]);
  clock.advance(11);
  batcher.dropLate();
  t.same(entries.map(codeOf), [undefined, undefined]);
  t.equal(batcher.queuedRows, 2);
});

t.test('an entry of a lower priority is late by itself, whatever is in front of it', async (t) => {
  const { batcher, clock, entries } = due([1000, true]);
  const low = new RecordedEntry(rowsPayload(1), 0, { at: 20, strict: true });
  low.priority = 'low';
  batcher.enqueue(low);
  clock.advance(11);
  batcher.dropLate();
  t.same([...entries, low].map(codeOf), [undefined, 'DEADLINE_EXCEEDED']);
});

t.test('entries of a higher priority leave first, each priority in its order', async (t) => {
  const { batcher } = setup({ rowMs: 10 });
  const entries = (['low', 'normal', 'high', 'normal', 'high'] as const).map((priority) => {
    const entry = new RecordedEntry(rowsPayload(1));
    entry.priority = priority;
    batcher.enqueue(entry);
    return entry;
  });
  const decision = batcher.decide(1);
  if (decision.kind !== 'cut') throw new Error(`the batcher says ${decision.kind}`);
  const order = batcher.cut(decision).entries.map((entry) => entries.indexOf(entry as RecordedEntry));
  t.strictSame(order, [2, 4, 1, 3, 0]);
});

t.test('decoding counts when predicting whether an image is on time', async (t) => {
  const { batcher, clock } = setup({ rowMs: 10 });
  const entry = new RecordedEntry(image(5), 0, { at: 20, strict: true });
  batcher.enqueue(entry);
  clock.advance(5);
  batcher.dropLate();
  t.equal(codeOf(entry), undefined);
  clock.advance(0.1);
  batcher.dropLate();
  t.equal(codeOf(entry), 'DEADLINE_EXCEEDED');
});

t.test('a batch is reduced to the allowed time, down to its first entry', async (t) => {
  const { batcher, queue } = setup({ rowMs: 10 });
  queue(2, 1, 1, 1, 1);
  const decision = batcher.decide(1);
  if (decision.kind !== 'cut') throw new Error(`the batcher says ${decision.kind}`);
  t.equal(batcher.within(decision, 60), decision);
  t.match(batcher.within(decision, 59), { rows: 3 });
  t.match(batcher.within(decision, 29), { rows: 2 });
  t.equal(batcher.within(decision, 19), undefined);
});
