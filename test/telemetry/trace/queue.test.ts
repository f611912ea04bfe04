import t from 'tap';
import { SpanQueue, type Sent, type SpanSender } from '../../../src/telemetry/trace/queue.ts';
import type { SpanRecord } from '../../../src/telemetry/trace/span.ts';
import { FakeClock, settled } from '../../support/fake-clock.ts';

const TAKEN: Sent = { kind: 'taken' };
const FAILED: Sent = { kind: 'failed', reason: 'ECONNREFUSED' };
const REFUSED: Sent = { kind: 'refused', reason: '400' };

const spans = (count: number, name = 'span'): SpanRecord[] =>
  Array.from({ length: count }, (_, index) => ({ name: `${name} ${index}` }) as SpanRecord);

/** A queue with an exporter whose results the test sets. */
function queueOf(answer: (spans: readonly SpanRecord[]) => Sent | Promise<Sent> = () => TAKEN) {
  const clock = new FakeClock();
  const sent: number[] = [];
  const reported: unknown[] = [];
  let exported = 0;
  let dropped = 0;
  let closed = 0;
  const sender: SpanSender = {
    send: async (some) => {
      sent.push(some.length);
      return answer(some);
    },
    close: () => void closed++,
  };
  const queue = new SpanQueue(sender, clock, {
    spansExported: (count) => (exported += count),
    spansDropped: (count) => (dropped += count),
    exportFailing: (reason) => reported.push(['failing', reason]),
    exportWorks: () => reported.push(['works']),
  });
  return {
    queue,
    clock,
    sent,
    reported,
    get counts() {
      return { exported, dropped };
    },
    get closed() {
      return closed;
    },
  };
}

t.test('spans are batched for a second, and no timer runs when none waits', async (t) => {
  const made = queueOf();
  t.equal(made.clock.pending, 0);
  made.queue.add(spans(3));
  await made.clock.pass(500);
  made.queue.add(spans(2));
  t.strictSame(made.sent, []);
  await made.clock.pass(500);
  t.strictSame(made.sent, [5]);
  t.equal(made.clock.pending, 0);
  t.equal(made.queue.length, 0);
});

t.test('a full batch is sent at once, but not within the call that filled it', async (t) => {
  const made = queueOf();
  made.queue.add(spans(100));
  made.queue.add(spans(100));
  t.strictSame(made.sent, []);
  await made.clock.pass(0);
  t.strictSame(made.sent, [128]);
  await made.clock.pass(1000);
  t.strictSame(made.sent, [128, 72]);
});

t.test('one batch is in flight at a time', async (t) => {
  const { promise, resolve } = Promise.withResolvers<Sent>();
  const made = queueOf(() => promise);
  made.queue.add(spans(300));
  await made.clock.pass(10_000);
  made.queue.add(spans(1));
  await made.clock.pass(10_000);
  t.strictSame(made.sent, [128]);
  resolve(TAKEN);
  await made.clock.pass(10_000);
  t.strictSame(made.sent, [128, 128, 45]);
});

t.test('with a silent receiver the queue is bounded, and dropped spans are counted', async (t) => {
  const made = queueOf(() => new Promise<Sent>(() => undefined));
  for (let request = 0; request < 10_000; request++) made.queue.add(spans(7));
  await made.clock.pass(0);
  t.ok(made.queue.length <= 4096);
  t.equal(made.queue.length + made.counts.dropped, 70_000);
  t.equal(made.clock.pending, 0);
});

t.test('the spans of a request are all kept or all dropped', async (t) => {
  const made = queueOf(() => new Promise<Sent>(() => undefined));
  made.queue.add(spans(4090));
  made.queue.add(spans(7));
  t.strictSame([made.queue.length, made.counts.dropped], [4090, 7]);
  made.queue.add(spans(6));
  t.equal(made.queue.length, 4096);
});

t.test('a failed batch is retried with growing pauses, and the outage is reported once', async (t) => {
  let answer: Sent = FAILED;
  const made = queueOf(() => answer);
  made.queue.add(spans(2));
  await made.clock.pass(1000);
  t.equal(made.sent.length, 1);
  await made.clock.pass(999);
  t.equal(made.sent.length, 1);
  t.strictSame(made.reported, [], 'one failure is not reported');
  await made.clock.pass(1);
  t.equal(made.sent.length, 2);
  await made.clock.pass(2000);
  t.equal(made.sent.length, 3);
  await made.clock.pass(3_600_000);
  t.ok(made.sent.length <= 3 + 3600 / 4, `${made.sent.length} attempts in an hour`);
  t.strictSame(made.reported, [['failing', 'ECONNREFUSED']]);
  t.equal(made.queue.length, 2);
  answer = TAKEN;
  await made.clock.pass(4000);
  t.strictSame(made.reported, [['failing', 'ECONNREFUSED'], ['works']]);
  t.strictSame(made.counts, { exported: 2, dropped: 0 });
});

t.test('a full batch does not cut the pause after a failure short', async (t) => {
  const made = queueOf(() => FAILED);
  made.queue.add(spans(1));
  await made.clock.pass(1000);
  for (let more = 0; more < 100; more++) made.queue.add(spans(5));
  await made.clock.pass(999);
  t.equal(made.sent.length, 1);
});

t.test('a refused batch is dropped, and the next is sent after a pause', async (t) => {
  const answers = [REFUSED, TAKEN];
  const made = queueOf(() => answers.shift()!);
  made.queue.add(spans(130));
  await made.clock.pass(0);
  t.strictSame(made.counts, { exported: 0, dropped: 128 });
  t.equal(made.sent.length, 1);
  await made.clock.pass(1000);
  t.strictSame(made.counts, { exported: 2, dropped: 128 });
  t.strictSame(made.reported, [['failing', '400'], ['works']]);
});

t.test('closing sends the queued batches one by one, and accepts no more spans', async (t) => {
  const made = queueOf();
  made.queue.add(spans(300));
  await made.queue.close(1000);
  t.strictSame(made.sent, [128, 128, 44]);
  t.strictSame(made.counts, { exported: 300, dropped: 0 });
  t.equal(made.closed, 1);
  made.queue.add(spans(3));
  t.equal(made.counts.dropped, 3);
  t.equal(made.clock.pending, 0);
});

t.test('closing waits for a silent receiver until the deadline, and drops the rest', async (t) => {
  const { promise, resolve } = Promise.withResolvers<Sent>();
  const made = queueOf(() => promise);
  made.queue.add(spans(200));
  await made.clock.pass(0);
  let closed = false;
  const closing = made.queue.close(1000).then(() => (closed = true));
  await made.clock.pass(999);
  t.notOk(closed);
  await made.clock.pass(1);
  await closing;
  t.equal(made.closed, 1);
  t.strictSame(made.counts, { exported: 0, dropped: 200 });
  t.match(made.reported, [['failing', /stopped/]]);
  // A late response changes nothing: the spans already count as dropped.
  resolve(TAKEN);
  await settled();
  t.strictSame(made.counts, { exported: 0, dropped: 200 });
  t.equal(made.sent.length, 1);
  t.equal(made.clock.pending, 0);
});

t.test('closing gives up at the first failure', async (t) => {
  const made = queueOf(() => FAILED);
  made.queue.add(spans(200));
  await made.queue.close(1000);
  t.equal(made.sent.length, 1);
  t.strictSame(made.counts, { exported: 0, dropped: 200 });
  t.equal(made.clock.pending, 0);
});
