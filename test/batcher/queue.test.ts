import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Entry } from '../../src/batcher/entry.ts';
import { EntryQueue } from '../../src/batcher/queue.ts';
import { RecordedEntry, rowsPayload } from '../support/entries.ts';

const MAX_ROWS = 10;
const entryOf = (rows: number): Entry => new RecordedEntry(rowsPayload(rows));
const rowsIn = (entries: readonly Entry[]): number => entries.reduce((sum, { rows }) => sum + rows, 0);
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
  assert.ok(queue.head === waiting[0]);
  assert.ok(waiting.every((entry) => entry.queued));
  assert.ok(gone.every((entry) => !entry.queued && !entry.next && !entry.previous));
  const linked: Entry[] = [];
  for (let entry = queue.head; entry !== undefined; entry = entry.next) linked.push(entry);
  identical(linked, waiting);
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
const commands = [
  rows.map((count) =>
    command(`push(${count})`, ({ waiting }, queue) => {
      const entry = entryOf(count);
      queue.push(entry);
      waiting.push(entry);
    }),
  ),
  rows.map((count) =>
    command(`unshift(${count})`, ({ waiting }, queue) => {
      const entry = entryOf(count);
      queue.unshift(entry);
      waiting.unshift(entry);
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
  fc.tuple(fc.nat({ max: 12 }), fc.nat({ max: 60 })).map(([maxRows, maxBytes]) =>
    command(`take(${maxRows}, ${maxBytes})`, ({ waiting, gone }, queue) => {
      let count = waiting.length > 0 ? 1 : 0;
      const fits = (entries: readonly Entry[]): boolean =>
        rowsIn(entries) <= maxRows && bytesIn(entries) <= maxBytes;
      while (count > 0 && count < waiting.length && fits(waiting.slice(0, count + 1))) count++;
      const expected = waiting.splice(0, count);
      identical(queue.take(maxRows, maxBytes), expected);
      gone.push(...expected);
    }),
  ),
  rows.map((count) =>
    command(`hasRoomFor(${count})`, ({ waiting }, queue) => {
      assert.equal(queue.hasRoomFor(count), rowsIn(waiting) + count <= MAX_ROWS);
    }),
  ),
];

t.test('does in any order what a plain array would do', async () => {
  fc.assert(
    fc.property(fc.commands(commands, { maxCommands: 60 }), (sequence) => {
      fc.modelRun(() => ({ model: { waiting: [], gone: [] }, real: new EntryQueue(MAX_ROWS) }), sequence);
    }),
  );
});

t.test('an entry larger than a batch may be is taken alone', async () => {
  const queue = new EntryQueue(MAX_ROWS);
  const [large, small] = [entryOf(9), entryOf(1)];
  queue.push(large);
  queue.push(small);
  identical(queue.take(4, 1000), [large]);
  identical(queue.take(4, 1000), [small]);
});

t.test('a batch of several stays within its bytes as well as its rows', async (t) => {
  const queue = new EntryQueue(MAX_ROWS);
  for (let count = 0; count < 3; count++) queue.push(entryOf(2));
  t.equal(queue.take(6, 16).length, 2, '8 bytes each');
});

t.test('what comes back to the front may exceed the bound, and new entries then find no room', async (t) => {
  const queue = new EntryQueue(4);
  queue.push(entryOf(4));
  queue.unshift(entryOf(2));
  t.equal(queue.rows, 6);
  t.notOk(queue.hasRoomFor(1));
});
