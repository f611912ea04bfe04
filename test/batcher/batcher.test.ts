import fc from 'fast-check';
import t from 'tap';
import { Batcher, payloadOf } from '../../src/batcher/batcher.ts';
import type { Batch } from '../../src/batcher/entry.ts';
import type { DropReason, Payload } from '../../src/batcher/entry.ts';
import type { ItemResult } from '../../src/messages.ts';
import { RecordedEntry, rowsPayload } from '../support/entries.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { commands, Model, Real } from './batcher-model.ts';

const ANSWER: ItemResult = { kind: 'classes', classes: [1], probabilities: [1] };
const TIMES = { decodeMs: 1, inferMs: 3, postMs: 1 };

/** A batcher that cuts whatever waits into one batch. */
function setup(options: { maxQueueRows?: number; maxBatchBytes?: number } = {}) {
  const clock = new FakeClock();
  const told: unknown[] = [];
  const batcher = new Batcher(
    { cap: 8, maxQueueDelayMs: 0, maxQueueRows: 16, maxBatchBytes: 1000, ...options },
    clock,
    {
      rowsDropped: (rows, reason) => told.push(['dropped', rows, reason]),
      rowsWasted: (rows) => told.push(['wasted', rows]),
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
  return { batcher, clock, told, queue, cut };
}

t.test('whatever happens, every entry is settled once, in order, and none is lost', async () => {
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
  const parts = [new ArrayBuffer(1), new ArrayBuffer(2)];
  const items = parts.map((part): ItemResult => ({ kind: 'outputs', outputs: [part] }));
  batcher.settle(cut(), { kind: 'done', items, ...TIMES });
  for (const [index, { outcome }] of entries.entries()) {
    t.match(outcome, { kind: 'done', result: { outputs: [parts[index]] }, batch: { rows: 3, ...TIMES } });
  }
});

t.test('one bad image of a batch fails alone', async (t) => {
  const { batcher, queue, cut } = setup();
  const [bad, good] = queue(1, 1);
  const failure = { kind: 'failure', code: 'IMAGE_CORRUPT', detail: 'It cannot be decoded.' } as const;
  batcher.settle(cut(), { kind: 'done', items: [failure, ANSWER], ...TIMES });
  t.match(bad!.outcome, { kind: 'failed', failure: { code: 'IMAGE_CORRUPT' } });
  t.match(good!.outcome, { kind: 'done' });
});

t.test('the time in the queue is all that was not work on the batch', async (t) => {
  const { batcher, clock, queue, cut } = setup();
  const [entry] = queue(1);
  clock.advance(7);
  const batch = cut();
  clock.advance(6);
  batcher.settle(batch, { kind: 'done', items: [ANSWER], ...TIMES });
  t.match(entry!.outcome, { queueMs: 8 }, '13 ms in all, 5 of them work');
});

t.test('two clocks that differ a little never make the time in the queue negative', async (t) => {
  const { batcher, queue, cut } = setup();
  const [entry] = queue(1);
  batcher.settle(cut(), { kind: 'done', items: [ANSWER], ...TIMES });
  t.match(entry!.outcome, { queueMs: 0 });
});

t.test('a batch whose worker died while it ran fails, and may be sent again by its client', async (t) => {
  const { batcher, queue, cut } = setup();
  const [entry] = queue(1);
  batcher.settle(cut(), { kind: 'died', started: true });
  t.match(entry!.outcome, { kind: 'failed', failure: { code: 'WORKER_DIED' } });
  t.equal(batcher.queuedRows, 0);
});

t.test('a batch whose worker died before it began is queued again, in front, once', async (t) => {
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

t.test('an entry that was queued again keeps its place in time', async (t) => {
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
    const { batcher, told, queue, cut } = setup();
    const [gone, stays] = queue(2, 1);
    batcher.drop(gone!, reason);
    t.same(gone!.outcomes, [{ kind: 'dropped', reason }]);
    t.same(told, [['dropped', 2, reason]]);
    t.ok(cut().entries[0] === stays);
  });
}

t.test(
  'an answer that nobody waits for any more is dropped, and its rows are counted as wasted',
  async (t) => {
    const { batcher, told, queue, cut } = setup();
    const [gone, stays] = queue(2, 1);
    const batch = cut();
    batcher.drop(gone!, 'abandoned');
    batcher.settle(batch, { kind: 'done', items: [ANSWER, ANSWER], ...TIMES });
    t.match(stays!.outcome, { kind: 'done' });
    t.same(gone!.outcomes, [{ kind: 'dropped', reason: 'abandoned' }]);
    t.same(told, [['wasted', 2]]);
  },
);

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
  const { batcher, told, queue, cut } = setup();
  const [first, second] = queue(1, 2);
  const batch = cut();
  batcher.drop(first!, 'abandoned');
  batcher.drop(second!, 'expired');
  batcher.settle(batch, { kind: 'cancelled' });
  t.same(told, [
    ['dropped', 1, 'abandoned'],
    ['dropped', 2, 'expired'],
  ]);
});

t.test('rows that were dropped on a worker that died before it began are counted too', async (t) => {
  const { batcher, told, queue, cut } = setup();
  const [gone] = queue(2, 1);
  const batch = cut();
  batcher.drop(gone!, 'abandoned');
  batcher.settle(batch, { kind: 'died', started: false });
  t.same(told, [['dropped', 2, 'abandoned']]);
  t.equal(batcher.queuedRows, 1);
});

t.test('a batch of several stays within the bytes of a slot; a larger entry travels alone', async (t) => {
  const { queue, cut } = setup({ maxBatchBytes: 10 });
  queue(1, 1, 1, 4);
  t.equal(cut().rows, 2, '4 bytes each');
  t.equal(cut().rows, 1);
  t.equal(cut().rows, 4);
});

t.test('has room as long as the rows that wait are within the bound', async (t) => {
  const { batcher, queue } = setup({ maxQueueRows: 3 });
  queue(2);
  t.ok(batcher.hasRoomFor(1));
  t.notOk(batcher.hasRoomFor(2));
});

t.test('the payload of a batch is its images, or its rows entry by entry', async (t) => {
  const { batcher, queue, cut } = setup();
  queue(1, 2);
  t.match(payloadOf(cut()), { kind: 'rows', entries: [{ rows: 1 }, { rows: 2 }] });
  const image = { kind: 'image', bytes: new Uint8Array(3), header: {}, topK: 2 } as unknown as Payload;
  batcher.enqueue(new RecordedEntry(image));
  const batch = cut();
  t.match(payloadOf(batch), { kind: 'images', images: [{ topK: 2 }] });
  t.equal(batch.rows, 1, 'an image is one row');
});
