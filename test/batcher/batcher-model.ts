/**
 * A model of the batcher for property tests: the expected outcome of every entry, and the commands that the batcher and
 * this model run in step. `waiting` is the queue; `dispatched` are the batches with a worker.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Batcher } from '../../src/batcher/batcher.ts';
import type { Batch } from '../../src/batcher/entry.ts';
import type { DropReason, EntryOutcome } from '../../src/batcher/entry.ts';
import type { ItemResult } from '../../src/thread/messages.ts';
import { FakeCosts } from '../support/fake-costs.ts';
import { RecordedEntry, rowsPayload } from '../support/entries.ts';
import { FakeClock } from '../support/fake-clock.ts';

interface Dispatch {
  readonly batch: Batch;
  readonly entries: readonly RecordedEntry[];
  state: 'ready' | 'running' | 'cancelled';
}

export class Model {
  waiting: RecordedEntry[] = [];
  dispatched: Dispatch[] = [];
  /** Queued again once, because their worker died. */
  readonly returned = new Set<RecordedEntry>();
  readonly expected = new Map<RecordedEntry, EntryOutcome | undefined>();
  readonly rows = { dropped: 0, wasted: 0 };

  get open(): RecordedEntry[] {
    return [...this.expected].filter(([, outcome]) => outcome === undefined).map(([entry]) => entry);
  }

  settle(entry: RecordedEntry, outcome: EntryOutcome): void {
    if (this.expected.get(entry) === undefined) this.expected.set(entry, outcome);
  }
}

export class Real {
  readonly clock = new FakeClock(1000);
  readonly rows = { dropped: 0, wasted: 0 };
  readonly batcher = new Batcher(
    {
      labels: { model: 'm', version: '1' },
      instance: 0,
      maxQueueDelayMs: 5,
      maxQueueRows: 1000,
      maxBatchBytes: 40,
    },
    new FakeCosts({ cap: 4 }).asCostModel,
    this.clock,
    {
      rowsDropped: (_labels, rows) => (this.rows.dropped += rows),
      rowsWasted: (_labels, rows) => (this.rows.wasted += rows),
    },
  );
}

type Command = fc.Command<Model, Real>;

const DIED: EntryOutcome = {
  kind: 'failed',
  failure: { code: 'WORKER_DIED', detail: 'The worker that ran the batch died.' },
};

export const commands: fc.Arbitrary<Command>[] = [
  fc.integer({ min: 1, max: 6 }).map((rows) => command(`enqueue(${rows})`, enqueue(rows))),
  fc.integer({ min: 1, max: 9 }).map((ms) => command(`advance(${ms})`, (_, { clock }) => clock.advance(ms))),
  fc.integer({ min: 0, max: 3 }).map((idle) => command(`cut(${idle})`, cut(idle))),
  fc.nat({ max: 9 }).map((which) => command(`begin(${which})`, begin(which))),
  fc
    .tuple(fc.nat({ max: 9 }), fc.nat({ max: 7 }))
    .map(([which, failing]) => command(`done(${which}, ${failing})`, done(which, failing))),
  fc.nat({ max: 9 }).map((which) => command(`fail(${which})`, fail(which))),
  fc.nat({ max: 9 }).map((which) => command(`die(${which})`, die(which))),
  fc
    .tuple(fc.nat({ max: 20 }), fc.constantFrom<DropReason>('abandoned', 'expired'))
    .map(([which, reason]) => command(`drop(${which}, ${reason})`, drop(which, reason))),
];

function command(name: string, act: (model: Model, real: Real) => void): Command {
  return {
    check: () => true,
    run: (model, real) => {
      act(model, real);
      agree(model, real);
    },
    toString: () => name,
  };
}

/** What must hold at any moment. */
export function agree(model: Model, { batcher, rows }: Real): void {
  for (const [entry, outcome] of model.expected) {
    assert.ok(entry.outcomes.length <= 1, 'an entry is answered once');
    assert.deepEqual(entry.outcome, outcome);
  }
  const held = [...model.waiting, ...model.dispatched.flatMap(({ entries }) => entries)];
  assert.ok(
    model.open.every((entry) => held.includes(entry)),
    'no entry is lost',
  );
  assert.equal(batcher.queuedRows, rowsOf(model.waiting));
  assert.equal(batcher.oldestQueuedAt, model.waiting[0]?.queuedAt);
  assert.deepEqual(rows, model.rows);
}

function enqueue(rows: number) {
  return (model: Model, { batcher, clock }: Real): void => {
    const entry = new RecordedEntry(rowsPayload(rows), clock.now());
    model.expected.set(entry, undefined);
    model.waiting.push(entry);
    batcher.enqueue(entry);
  };
}

function cut(idle: number) {
  return (model: Model, { batcher }: Real): void => {
    const decision = batcher.decide(idle);
    if (decision.kind !== 'cut') return;
    const batch = batcher.cut(decision);
    const entries = model.waiting.splice(0, batch.entries.length);
    assert.ok(
      batch.entries.every((entry, index) => entry === entries[index]),
      'the oldest leave first, in their order',
    );
    assert.equal(batch.rows, rowsOf(entries));
    assert.ok(entries.length === 1 || batch.rows <= decision.rows);
    const dispatch: Dispatch = { batch, entries, state: 'ready' };
    batch.takeBack = () => {
      if (dispatch.state === 'ready') dispatch.state = 'cancelled';
    };
    model.dispatched.push(dispatch);
  };
}

function begin(which: number) {
  return (model: Model): void => {
    const dispatch = model.dispatched[which % (model.dispatched.length || 1)];
    if (dispatch?.state === 'ready') dispatch.state = 'running';
  };
}

/** `failing`: bit i fails the item of entry i alone. A batch that was taken back reports that instead. */
function done(which: number, failing: number) {
  return (model: Model, { batcher, clock }: Real): void => {
    const dispatch = land(model, which);
    if (dispatch === undefined) return;
    if (dispatch.state === 'cancelled') {
      model.rows.dropped += rowsOf(dispatch.entries);
      return batcher.settle(dispatch.batch, { kind: 'cancelled' });
    }
    const { batch, entries } = dispatch;
    const times = { decodeMs: 0.5, inferMs: 2, postMs: 0.25 };
    const items = entries.map((_, index): ItemResult => {
      if ((failing >> index) & 1) return { kind: 'failure', code: 'IMAGE_CORRUPT', detail: `image ${index}` };
      return { kind: 'classes', classes: [index], probabilities: [1] };
    });
    for (const [index, entry] of entries.entries()) {
      const item = items[index]!;
      const queueMs = Math.max(0, clock.now() - entry.queuedAt - 2.75);
      const facts = { rows: batch.rows, reason: batch.reason, width: 'narrow', ...times } as const;
      if (entry.settled) model.rows.wasted += entry.rows;
      else if (item.kind === 'failure') model.settle(entry, { kind: 'failed', failure: item });
      else model.settle(entry, { kind: 'done', result: item, batch: facts, queueMs });
    }
    return batcher.settle(batch, { kind: 'done', items, decodeMsOf: [], ...times });
  };
}

function fail(which: number) {
  return (model: Model, { batcher }: Real): void => {
    const dispatch = land(model, which);
    if (dispatch === undefined) return;
    const failure = { kind: 'failure', code: 'INTERNAL', detail: 'the whole batch' } as const;
    for (const entry of dispatch.entries) model.settle(entry, { kind: 'failed', failure });
    batcher.settle(dispatch.batch, failure);
  };
}

function die(which: number) {
  return (model: Model, { batcher }: Real): void => {
    const dispatch = land(model, which);
    if (dispatch === undefined) return;
    const started = dispatch.state === 'running';
    const back = [];
    for (const entry of dispatch.entries) {
      if (entry.settled) {
        if (!started) model.rows.dropped += entry.rows;
      } else if (started || model.returned.has(entry)) model.settle(entry, DIED);
      else back.push(entry);
    }
    back.forEach((entry) => model.returned.add(entry));
    model.waiting.unshift(...back);
    batcher.settle(dispatch.batch, { kind: 'died', started });
  };
}

function drop(which: number, reason: DropReason) {
  return (model: Model, { batcher }: Real): void => {
    const { open } = model;
    const entry = open[which % (open.length || 1)];
    if (entry === undefined) return;
    if (model.waiting.includes(entry)) model.rows.dropped += entry.rows;
    model.waiting = model.waiting.filter((other) => other !== entry);
    model.settle(entry, { kind: 'dropped', reason });
    batcher.drop(entry, reason);
    const dispatch = model.dispatched.find(({ entries }) => entries.includes(entry));
    const abandoned = dispatch?.state === 'ready' && dispatch.entries.every(({ settled }) => settled);
    assert.ok(!abandoned, 'a batch that no client waits for is taken back');
  };
}

function land(model: Model, which: number): Dispatch | undefined {
  const [dispatch] = model.dispatched.splice(which % (model.dispatched.length || 1), 1);
  return dispatch;
}

const rowsOf = (entries: readonly RecordedEntry[]): number =>
  entries.reduce((sum, entry) => sum + entry.rows, 0);
