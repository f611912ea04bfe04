import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { decide, type BatchLimits, type QueueFacts } from '../../src/batcher/batching-policy.ts';

interface Situation {
  readonly queue: QueueFacts;
  readonly idle: number;
  readonly limits: BatchLimits;
}

const situations = (delays: fc.Arbitrary<number>): fc.Arbitrary<Situation> =>
  fc.record({
    queue: fc.record({
      rows: fc.nat({ max: 200 }),
      oldestAgeMs: fc.double({ min: 0, max: 50, noNaN: true }),
    }),
    idle: fc.nat({ max: 6 }),
    limits: fc.record({ cap: fc.integer({ min: 1, max: 64 }), maxQueueDelayMs: delays }),
  });

const anyDelay = situations(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 40, noNaN: true })));
const withoutDelay = situations(fc.constant(0));

const holds = (given: fc.Arbitrary<Situation>, predicate: (situation: Situation) => void): void =>
  fc.assert(fc.property(given, predicate));

t.test('nothing leaves an empty queue', async (t) => {
  t.same(decide({ rows: 0, oldestAgeMs: 0 }, 2, { cap: 4, maxQueueDelayMs: 0 }), { kind: 'nothing' });
});

t.test('a batch has at least one row, and never more than the cap or than what waits', async () => {
  holds(anyDelay, ({ queue, idle, limits }) => {
    const decision = decide(queue, idle, limits);
    if (decision.kind !== 'cut') return;
    assert.ok(decision.rows >= 1 && decision.rows <= Math.min(limits.cap, queue.rows));
  });
});

t.test('rows never wait for more rows where the model asks for no delay', async () => {
  holds(withoutDelay, ({ queue, idle, limits }) => {
    assert.equal(decide(queue, idle, limits).kind, queue.rows === 0 ? 'nothing' : 'cut');
  });
});

t.test('a full batch never waits', async (t) => {
  holds(anyDelay, ({ queue, idle, limits }) => {
    fc.pre(queue.rows >= limits.cap);
    assert.equal(decide(queue, idle, limits).kind, 'cut');
  });
  const limits = { cap: 4, maxQueueDelayMs: 10 };
  t.same(decide({ rows: 4, oldestAgeMs: 0 }, 1, limits), { kind: 'cut', rows: 4, reason: 'full', shares: 1 });
});

t.test('a batch that is not full waits for the rest of its delay', async (t) => {
  const limits = { cap: 8, maxQueueDelayMs: 10 };
  t.same(decide({ rows: 3, oldestAgeMs: 4 }, 1, limits), { kind: 'wait', forMs: 6 });
  t.same(decide({ rows: 3, oldestAgeMs: 10 }, 1, limits), {
    kind: 'cut',
    rows: 3,
    reason: 'delay',
    shares: 1,
  });
});

t.test('rows are split evenly over the idle workers', async (t) => {
  const limits = { cap: 64, maxQueueDelayMs: 0 };
  const rows = [1, 2, 3, 4].map((idle) => decide({ rows: 7, oldestAgeMs: 0 }, idle, limits));
  t.same(
    rows.map((decision) => decision.kind === 'cut' && decision.rows),
    [7, 4, 3, 2],
  );
});

t.test('idle workers together take the whole queue, up to their caps', async () => {
  holds(withoutDelay, ({ queue, idle, limits }) => {
    fc.pre(idle > 0);
    let { rows } = queue;
    for (let left = idle; left > 0; left--) {
      const decision = decide({ ...queue, rows }, left, limits);
      rows -= decision.kind === 'cut' ? decision.rows : 0;
    }
    assert.equal(rows, Math.max(0, queue.rows - idle * limits.cap));
  });
});

t.test('a prefetched batch takes all rows that fit into one batch', async (t) => {
  const limits = { cap: 4, maxQueueDelayMs: 0 };
  t.same(decide({ rows: 3, oldestAgeMs: 0 }, 0, limits), {
    kind: 'cut',
    rows: 3,
    reason: 'prefetch',
    shares: 1,
  });
  t.same(decide({ rows: 9, oldestAgeMs: 0 }, 0, limits), {
    kind: 'cut',
    rows: 4,
    reason: 'prefetch',
    shares: 1,
  });
});

t.test('the reason says why the batch left when it did', async () => {
  holds(anyDelay, ({ queue, idle, limits }) => {
    const decision = decide(queue, idle, limits);
    if (decision.kind !== 'cut') return;
    const { rows, reason } = decision;
    const delayed = limits.maxQueueDelayMs > 0 && queue.oldestAgeMs >= limits.maxQueueDelayMs;
    const full = limits.cap > 1 && rows === limits.cap;
    const expected = idle === 0 ? 'prefetch' : full ? 'full' : delayed ? 'delay' : 'idle';
    assert.equal(reason, expected);
  });
});

t.test('with a cap of 1 a batch of one row is not reported as full', async (t) => {
  const decision = decide({ rows: 5, oldestAgeMs: 0 }, 1, { cap: 1, maxQueueDelayMs: 0 });
  t.same(decision, { kind: 'cut', rows: 1, reason: 'idle', shares: 1 });
});
