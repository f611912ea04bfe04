import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { PRIORITIES, type Entry, type Priority } from '../../src/batcher/entry.ts';
import { EntryQueue, type TakeLimits } from '../../src/batcher/queue.ts';
import { RecordedEntry, rowsPayload } from '../support/entries.ts';

const MAX_ROWS = 10;
const NO_LIMITS: TakeLimits = { maxRows: Infinity, maxBytes: Infinity, maxMs: Infinity, enoughMs: Infinity };
/** Its work: 1.1 ms a row, so that sums of it are not exact. */
function entryOf(rows: number, priority: Priority = 'normal', queuedAt = 0): Entry {
  const entry = new RecordedEntry(rowsPayload(rows), queuedAt);
  entry.workMs = rows * 1.1;
  entry.priority = priority;
  return entry;
}
const levelOf = ({ priority }: Entry): number => PRIORITIES.indexOf(priority);
const rowsIn = (entries: readonly Entry[]): number => entries.reduce((sum, { rows }) => sum + rows, 0);
const msIn = (entries: readonly Entry[]): number => entries.reduce((sum, { workMs }) => sum + workMs, 0);
const bytesIn = (entries: readonly Entry[]): number => entries.reduce((sum, { bytes }) => sum + bytes, 0);

/** The same entries, not only equal ones. */
function identical(actual: readonly Entry[], expected: readonly Entry[]): void {
  assert.equal(actual.length, expected.length);
  assert.ok(actual.every((entry, index) => entry === expected[index]));
}

/** A plain array does the same, slowly; `gone` holds what has left the queue. */
interface Model {
  readonly waiting: Entry[];
  readonly gone: Entry[];
}

type Command = fc.Command<Model, EntryQueue>;

/** What must hold after every command. */
function agree({ waiting, gone }: Model, queue: EntryQueue): void {
  assert.equal(queue.rows, rowsIn(waiting));
  assert.ok(Math.abs(queue.workMs - msIn(waiting)) < 1e-9);
  if (waiting.length === 0) assert.equal(queue.workMs, 0);
  assert.ok(queue.head === waiting[0]);
  assert.ok(waiting.every((entry) => entry.queued));
  assert.ok(gone.every((entry) => !entry.queued && !entry.next && !entry.previous));
  const linked: Entry[] = [];
  for (let entry = queue.head; entry !== undefined; entry = entry.next) linked.push(entry);
  identical(linked, waiting);
  const oldest = waiting.reduce((least, { queuedAt }) => Math.min(least, queuedAt), Infinity);
  assert.equal(queue.oldestQueuedAt ?? Infinity, oldest);
}

const command = (name: string, run: (model: Model, queue: EntryQueue) => void): Command => ({
  check: () => true,
  run: (model, queue) => {
    run(model, queue);
    agree(model, queue);
  },
  toString: () => name,
});

const rows = fc.integer({ min: 1, max: 6 });
const entry = fc.tuple(rows, fc.constantFrom(...PRIORITIES));
let time = 0;
const commands = [
  entry.map(([count, priority]) =>
    command(`push(${count}, ${priority})`, ({ waiting }, queue) => {
      const pushed = entryOf(count, priority, ++time);
      queue.push(pushed);
      const place = waiting.findIndex((other) => levelOf(other) > levelOf(pushed));
      waiting.splice(place < 0 ? waiting.length : place, 0, pushed);
    }),
  ),
  entry.map(([count, priority]) =>
    command(`unshift(${count}, ${priority})`, ({ waiting }, queue) => {
      // It was in the queue before those of its priority that are there now.
      const ahead = waiting.filter((other) => other.priority === priority).map(({ queuedAt }) => queuedAt);
      const returned = entryOf(count, priority, Math.min(...ahead, ++time) - 1);
      queue.unshift(returned);
      const place = waiting.findIndex((other) => levelOf(other) >= levelOf(returned));
      waiting.splice(place < 0 ? waiting.length : place, 0, returned);
    }),
  ),
  fc.nat({ max: 30 }).map((place) =>
    command(`remove(${place})`, ({ waiting, gone }, queue) => {
      const [entry] = waiting.splice(place % (waiting.length || 1), 1);
      if (entry === undefined) return;
      assert.equal(queue.remove(entry), true);
      gone.push(entry);
    }),
  ),
  fc.nat({ max: 30 }).map((place) =>
    command(`removeAgain(${place})`, ({ gone }, queue) => {
      const entry = gone[place % (gone.length || 1)];
      if (entry !== undefined) assert.equal(queue.remove(entry), false);
    }),
  ),
  fc
    .record({
      maxRows: fc.nat({ max: 12 }),
      maxBytes: fc.nat({ max: 60 }),
      maxMs: fc.double({ min: 0, max: 15, noNaN: true }),
      enoughMs: fc.oneof(fc.constant(Infinity), fc.double({ min: 0.1, max: 15, noNaN: true })),
    })
    .map((limits) =>
      command(`take(${JSON.stringify(limits)})`, ({ waiting, gone }, queue) => {
        let count = waiting.length > 0 ? 1 : 0;
        const fits = (entries: readonly Entry[]): boolean =>
          rowsIn(entries) <= limits.maxRows &&
          bytesIn(entries) <= limits.maxBytes &&
          msIn(entries) <= limits.maxMs;
        const enough = (): boolean => msIn(waiting.slice(0, count)) >= limits.enoughMs;
        while (count > 0 && count < waiting.length && !enough() && fits(waiting.slice(0, count + 1))) count++;
        const expected = waiting.splice(0, count);
        identical(queue.take(limits), expected);
        gone.push(...expected);
      }),
    ),
  rows.map((count) =>
    command(`hasRoomFor(${count})`, ({ waiting }, queue) => {
      assert.equal(queue.hasRoomFor(count), rowsIn(waiting) + count <= MAX_ROWS);
    }),
  ),
];

t.test('behaves like a plain array under any commands', async () => {
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 60 }), (sequence) => {
      fc.modelRun(() => ({ model: { waiting: [], gone: [] }, real: new EntryQueue(MAX_ROWS) }), sequence);
    }),
    { numRuns: 300 },
  );
});

t.test('the last entry of a priority leaves nothing of it behind', async (t) => {
  const queue = new EntryQueue(MAX_ROWS);
  const [high, normal, later] = [entryOf(1, 'high'), entryOf(1), entryOf(1)];
  queue.push(high);
  queue.push(normal);
  queue.remove(normal);
  queue.remove(high);
  queue.push(later);
  t.ok(queue.head === later);
});

t.test('an entry larger than a batch may be is taken alone', async () => {
  const queue = new EntryQueue(MAX_ROWS);
  const [large, small] = [entryOf(9), entryOf(1)];
  queue.push(large);
  queue.push(small);
  identical(queue.take({ ...NO_LIMITS, maxRows: 4 }), [large]);
  identical(queue.take({ ...NO_LIMITS, maxRows: 4 }), [small]);
});

t.test('a batch of several stays within its bytes as well as its rows', async (t) => {
  const queue = new EntryQueue(MAX_ROWS);
  for (let count = 0; count < 3; count++) queue.push(entryOf(2));
  t.equal(queue.take({ ...NO_LIMITS, maxRows: 6, maxBytes: 16 }).length, 2, '8 bytes each');
});

t.test('entries put back at the head may exceed the bound; new ones then find no room', async (t) => {
  const queue = new EntryQueue(4);
  queue.push(entryOf(4));
  queue.unshift(entryOf(2));
  t.equal(queue.rows, 6);
  t.notOk(queue.hasRoomFor(1));
});

t.test('a batch of several stays within its time; an entry that takes longer is taken alone', async (t) => {
  const queue = new EntryQueue(MAX_ROWS);
  for (const count of [1, 1, 1, 4, 1]) queue.push(entryOf(count));
  t.equal(queue.take({ ...NO_LIMITS, maxMs: 2.3 }).length, 2, '1.1 ms each');
  t.equal(queue.take({ ...NO_LIMITS, maxMs: 2.3 }).length, 1);
  t.same(
    queue.take({ ...NO_LIMITS, maxMs: 2.3 }).map(({ rows: each }) => each),
    [4],
  );
});

t.test('a batch takes no further entry once it has its share of the work', async (t) => {
  const queue = new EntryQueue(MAX_ROWS);
  for (const count of [2, 1, 1, 1]) queue.push(entryOf(count));
  t.equal(
    queue.take({ ...NO_LIMITS, enoughMs: 0 }).length,
    1,
    'one at least: what it costs may not be known',
  );
  t.equal(queue.take({ ...NO_LIMITS, enoughMs: 0.5 }).length, 1);
  t.equal(queue.take({ ...NO_LIMITS, enoughMs: 1.2 }).length, 2, 'the one that reaches it is the last');
});
