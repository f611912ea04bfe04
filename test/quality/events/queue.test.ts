import t from 'tap';
import type { CloudEvent, Delivery } from '../../../src/outbound/event-sender.ts';
import { EventQueue } from '../../../src/quality/events/queue.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const event = (id: number): CloudEvent => ({
  ...{ id: String(id), type: 't', source: 's', time: '2026-12-01T00:00:00Z', extensions: {} },
  ...{ contentType: 'application/json', body: '{}' },
});

function setup() {
  const clock = new FakeClock();
  const sent: string[] = [];
  const counts: Record<string, number> = {};
  const said: string[] = [];
  const waiting: (() => void)[] = [];
  const receiver = { answers: { kind: 'taken' } as Delivery, silent: false };
  const queue = new EventQueue(
    {
      async send({ id }) {
        sent.push(id);
        if (receiver.silent) await new Promise<void>((resolve) => void waiting.push(resolve));
        return receiver.answers;
      },
      async close() {
        for (const end of waiting.splice(0)) end();
      },
    },
    clock,
    {
      eventEnded: (result, events = 1) => void (counts[result] = (counts[result] ?? 0) + events),
      eventsFailing: (reason) => void said.push(reason),
      eventsWork: () => void said.push('works'),
    },
  );
  return { clock, queue, receiver, sent, counts, said };
}

t.test('events are sent after the call, each once', async (t) => {
  const { clock, queue, sent, counts } = setup();
  for (let i = 0; i < 10; i++) queue.add(event(i));
  t.strictSame(sent, []);
  await clock.pass(0);
  t.equal(sent.length, 10);
  t.strictSame(counts, { sent: 10 });
  t.equal(clock.pending, 0);
});

t.test('a receiver that is silent holds four connections, and what does not fit is dropped', async (t) => {
  const { clock, queue, receiver, sent, counts } = setup();
  receiver.silent = true;
  for (let i = 0; i < 4; i++) queue.add(event(i));
  await clock.pass(0);
  for (let i = 0; i < 1100; i++) queue.add(event(i));
  await clock.pass(0);
  t.equal(sent.length, 4);
  t.strictSame(counts, { full: 100 });
});

t.test('one that fails is tried again with pauses, each event five times, one at a time', async (t) => {
  const { clock, queue, receiver, sent, counts, said } = setup();
  receiver.answers = { kind: 'failed', reason: 'down' };
  queue.add(event(1));
  await clock.pass(0);
  t.strictSame(sent, ['1']);
  await clock.pass(500);
  t.equal(sent.length, 2);
  await clock.pass(60_000);
  t.strictSame(sent, ['1', '1', '1', '1', '1']);
  t.strictSame(counts, { failed: 1 });
  t.strictSame(said, ['down'], 'one line for an outage');
  receiver.answers = { kind: 'taken' };
  queue.add(event(2));
  await clock.pass(10_000);
  t.strictSame(said, ['down', 'works']);
  t.strictSame(counts, { failed: 1, sent: 1 });
});

t.test('what the receiver refuses is not sent again', async (t) => {
  const { clock, queue, receiver, sent, counts } = setup();
  receiver.answers = { kind: 'refused', reason: '400' };
  queue.add(event(1));
  await clock.pass(60_000);
  t.equal(sent.length, 1);
  t.strictSame(counts, { refused: 1 });
});

t.test('a stop waits a little, and counts what is lost', async (t) => {
  const { clock, queue, receiver, counts } = setup();
  receiver.silent = true;
  for (let i = 0; i < 6; i++) queue.add(event(i));
  await clock.pass(0);
  const closed = queue.close(1000);
  await clock.pass(1000);
  await closed;
  t.equal(counts['stopped'], 6);
  queue.add(event(7));
  t.equal(counts['stopped'], 7);
});
