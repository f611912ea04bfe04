/** Results that are stored: which request gets one, and which does not. */
import t from 'tap';
import { Counter } from './fixtures/counter.ts';

t.test('a result is stored, and given without a run', async (t) => {
  const counter = new Counter();
  const first = counter.ask([7]);
  counter.run();
  t.strictSame(await first.answers(), [7]);
  const second = counter.ask([7]);
  t.equal(counter.batcher.queuedRows, 0);
  t.strictSame(await second.answers(), [7]);
  t.strictSame(counter.looked, { hit: 1, collapsed: 0, miss: 1 });
});

t.test('a stored result has no batch and no time in any stage', async (t) => {
  const counter = new Counter();
  counter.ask([7]);
  counter.run();
  t.match(await counter.ask([7]).request.outcomes, [
    {
      queueMs: 0,
      batch: { rows: 1, reason: 'cache', width: 'narrow', decodeMs: 0, inferMs: 0, postMs: 0 },
    },
  ]);
});

t.test('another version does not get it, nor does the same one after it was removed', async (t) => {
  const counter = new Counter();
  counter.ask([7]);
  counter.run();
  counter.ask([7], { instance: 1 });
  t.equal(counter.run(), 1);
  counter.shared.store.drop(0);
  counter.ask([7]);
  t.equal(counter.run(), 1);
  counter.ask([7], { instance: 1 });
  t.equal(counter.batcher.queuedRows, 0, 'what belongs to the other version stays');
});

t.test(
  'of several payloads only those that are not stored are run, and the answers keep their places',
  async (t) => {
    const counter = new Counter();
    counter.ask([2]);
    counter.run();
    const asked = counter.ask([1, 2, 3]);
    t.equal(counter.run(), 2);
    t.strictSame(await asked.answers(), [1, 2, 3]);
    t.strictSame(asked.request.tally, { payloads: 3, hits: 1, joined: 0, stored: 2 });
    t.equal(asked.request.reusedRows, 1);
  },
);

t.test('no-cache runs again, and stores what it got', async (t) => {
  const counter = new Counter();
  counter.ask([7]);
  counter.run();
  const fresh = counter.ask([7], { cacheControl: 'no-cache' });
  t.equal(counter.run(), 1);
  t.equal(fresh.request.tally.stored, 1);
});

t.test('no-cache does not share the run of another, and no other shares its run', (t) => {
  const counter = new Counter();
  counter.ask([7]);
  counter.ask([7], { cacheControl: 'no-cache' });
  t.equal(counter.batcher.queuedRows, 2);
  counter.ask([8], { cacheControl: 'no-cache' });
  counter.ask([8]);
  t.equal(counter.batcher.queuedRows, 4);
  t.end();
});

t.test('no-store neither gets nor leaves a result', (t) => {
  const counter = new Counter();
  counter.ask([7], { cacheControl: 'no-store' });
  t.equal(counter.run(), 1);
  t.equal(counter.shared.store.entries, 0);
  t.strictSame(counter.looked, { hit: 0, collapsed: 0, miss: 0 });
  t.end();
});

t.test('a failure is not stored', async (t) => {
  const counter = new Counter();
  const first = counter.ask([7]);
  counter.cut().run({ code: 'INTERNAL' });
  t.strictSame(await first.answers(), ['INTERNAL']);
  t.equal(counter.shared.store.entries, 0);
  counter.ask([7]);
  t.equal(counter.run(), 1);
});

t.test('a result that is too large for the cache is answered, and not stored', async (t) => {
  const counter = new Counter(100);
  const first = counter.ask([7]);
  counter.run();
  t.strictSame(await first.answers(), [7]);
  t.equal(first.request.tally.stored, 0);
  t.equal(counter.shared.store.bytes, 0);
});

t.test('a request that is refused leaves nothing behind', async (t) => {
  const counter = new Counter();
  t.throws(() => counter.ask([1, 1], { refusal: new Error('There is no room.') }), /no room/);
  t.equal(counter.shared.flights.size, 0);
});
