/** Equal payloads in flight share one row; what becomes of one request does not become of the others. */
import t from 'tap';
import { Counter } from './fixtures/counter.ts';

t.test('equal payloads in flight share one row, whether it is queued or running', async (t) => {
  const counter = new Counter();
  const first = counter.ask([7]);
  const second = counter.ask([7]);
  const batch = counter.cut();
  const third = counter.ask([7]);
  t.equal(batch.rows, 1);
  t.equal(counter.batcher.queuedRows, 0);
  batch.run();
  for (const { answers } of [first, second, third]) t.strictSame(await answers(), [7]);
  t.strictSame(counter.looked, { hit: 0, collapsed: 2, miss: 1 });
  t.equal(counter.shared.flights.size, 0);
});

t.test('so do equal payloads of one request', async (t) => {
  const counter = new Counter();
  const asked = counter.ask([7, 8, 7]);
  t.equal(counter.run(), 2);
  t.strictSame(await asked.answers(), [7, 8, 7]);
});

t.test('one with priority does not wait for the run of one without', async (t) => {
  const counter = new Counter();
  counter.ask([7]);
  counter.ask([7], { priority: 'high' });
  t.equal(counter.batcher.queuedRows, 2);
  counter.ask([7], { priority: 'high' });
  t.equal(counter.batcher.queuedRows, 2);
});

t.test('each has waited from its own arrival on', async (t) => {
  const counter = new Counter();
  const first = counter.ask([7]);
  counter.clock.advance(13);
  const batch = counter.cut();
  counter.clock.advance(3);
  const second = counter.ask([7]);
  counter.clock.advance(4);
  batch.run();
  t.match(await first.request.outcomes, [{ queueMs: 13, batch: { decodeMs: 1, inferMs: 5, postMs: 1 } }]);
  t.match(await second.request.outcomes, [{ queueMs: 0, batch: { decodeMs: 0, inferMs: 3, postMs: 1 } }]);
});

for (const ending of ['abandoned', 'expired'] as const) {
  t.test(`the others are answered when the first one is ${ending}`, async (t) => {
    const counter = new Counter();
    const first = counter.ask([7]);
    const second = counter.ask([7]);
    first.request.giveUp(ending);
    t.equal(counter.run(), 1);
    t.strictSame(await first.answers(), ['dropped']);
    t.strictSame(await second.answers(), [7]);
  });
}

t.test('the memory of a request that has left is not read any more', async (t) => {
  const counter = new Counter();
  const first = counter.ask([7]);
  const second = counter.ask([7]);
  first.request.giveUp('abandoned');
  const [payload] = first.payloads;
  if (payload?.kind === 'tensors') payload.inputs[0]!.data.fill(9);
  counter.run();
  t.strictSame(await second.answers(), [7]);
  const later = counter.ask([7]);
  t.strictSame(await later.answers(), [7], 'nor stored under the name of the other');
});

t.test('a row leaves the queue when the last one has left', (t) => {
  const counter = new Counter();
  const all = [counter.ask([7]), counter.ask([7]), counter.ask([7])];
  all[1]!.request.giveUp('abandoned');
  all[0]!.request.giveUp('abandoned');
  t.equal(counter.batcher.queuedRows, 1);
  all[2]!.request.giveUp('expired');
  t.equal(counter.batcher.queuedRows, 0);
  t.equal(counter.shared.flights.size, 0);
  t.end();
});

t.test('one that leaves does not take along the other payloads of a request', async (t) => {
  const counter = new Counter();
  const first = counter.ask([1, 2, 3]);
  const second = counter.ask([2, 4]);
  first.request.giveUp('abandoned');
  t.equal(counter.run(), 2);
  t.strictSame(await second.answers(), [2, 4]);
});

t.test('a failure of the batch is the failure of all', async (t) => {
  const counter = new Counter();
  const both = [counter.ask([7]), counter.ask([7])];
  counter.cut().run({ code: 'INTERNAL' });
  for (const { answers } of both) t.strictSame(await answers(), ['INTERNAL']);
  t.equal(counter.batcher.queuedRows, 0);
});

for (const strict of [true, false]) {
  const [what, code] = strict ? ['deadline', 'DEADLINE_EXCEEDED'] : ['objective', 'OVERLOADED'];
  t.test(
    `that the first one misses its ${what} is its own failure: the others queue by themselves`,
    async (t) => {
      const counter = new Counter();
      const first = counter.ask([7], { due: { at: 10, strict } });
      const others = [counter.ask([7]), counter.ask([7])];
      counter.ask([8]);
      counter.clock.advance(20);
      counter.batcher.dropLate();
      t.strictSame(await first.answers(), [code]);
      t.equal(counter.run(), 2, 'one row for both, and the one behind it');
      for (const { answers } of others) t.strictSame(await answers(), [7]);
    },
  );
}

t.test('so is that it misses it after it has left', async (t) => {
  const counter = new Counter();
  const first = counter.ask([7], { due: { at: 10, strict: true } });
  const second = counter.ask([7]);
  first.request.giveUp('expired');
  counter.clock.advance(20);
  counter.batcher.dropLate();
  await second.answers();
  counter.run();
  t.strictSame(await second.answers(), [7]);
});

t.test('one that has to queue by itself and is refused fails with the refusal', async (t) => {
  const counter = new Counter();
  counter.ask([7], { due: { at: 10, strict: true } });
  const second = counter.ask([7], { refusal: new Error('There is no room.') });
  counter.clock.advance(20);
  counter.batcher.dropLate();
  await t.rejects(second.answers(), /no room/);
});

t.test('one that leaves before it could queue by itself does not', async (t) => {
  const counter = new Counter();
  counter.ask([7], { due: { at: 10, strict: true } });
  const second = counter.ask([7]);
  counter.clock.advance(20);
  counter.batcher.dropLate();
  second.request.giveUp('abandoned');
  t.strictSame(await second.answers(), ['dropped']);
  t.equal(counter.batcher.queuedRows, 0);
});
