import t from 'tap';
import { ByteBudget } from '../../../src/admission/budget.ts';
import { sendBody } from '../../../src/http/answer/send.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeResponse } from '../fixtures/uws.ts';

function sending(body: string | Uint8Array, { room = Infinity, limit = 100 } = {}) {
  const clock = new FakeClock();
  const budget = new ByteBudget(limit, clock);
  const response = new FakeResponse();
  response.room = room;
  response.cork(() => sendBody(response.native, body, Buffer.byteLength(body), budget));
  return { clock, budget, response };
}

t.test('what the system takes at once leaves nothing behind', async (t) => {
  for (const body of ['', 'short', Buffer.from('bytes')]) {
    const { budget, clock, response } = sending(body);
    t.equal(response.body, body.toString());
    t.equal(response.closed, false);
    t.strictSame([budget.used, clock.pending], [0, 0]);
  }
});

t.test('the rest waits in the budget, and leaves it as it is read', async (t) => {
  const body = Buffer.from('äbcdefghi');
  const { budget, clock, response } = sending(body, { room: 3 });
  body.fill(0); // Its memory is used again.
  t.equal(budget.used, 7);
  response.reads(0);
  t.equal(budget.used, 7);
  response.reads(5);
  response.reads(1);
  t.equal(budget.used, 2, 'as of the last time that the system asked for more');
  response.reads(1);
  t.equal(response.body, 'äbcdefghi');
  t.strictSame([budget.used, clock.pending], [0, 0]);
});

t.test('a text is cut by its bytes', async (t) => {
  const { response } = sending('äöü', { room: 3 });
  response.reads(3);
  t.equal(response.body, 'äöü');
});

t.test('a client that leaves releases what it has not read', async (t) => {
  const { budget, clock, response } = sending('answer', { room: 0 });
  t.equal(budget.used, 6);
  response.abort();
  t.strictSame([budget.used, clock.pending], [0, 0]);
});

t.test('the connection of a reader that is too slow is closed', async (t) => {
  const { budget, clock, response } = sending(Buffer.alloc(16_000), { room: 0, limit: 100_000 });
  clock.advance(10_999);
  t.equal(response.closed, false);
  clock.advance(1);
  t.equal(response.closed, true);
  t.equal(budget.used, 0);
});

t.test('an answer that is not read gives way to a body', async (t) => {
  const { budget, clock, response } = sending(Buffer.alloc(80), { room: 0 });
  clock.advance(1000);
  const body = budget.open(60);
  t.ok(body.grow(60));
  t.equal(response.closed, true);
  t.equal(budget.used, 60);
});

t.test('an answer for which there is no room is not kept', async (t) => {
  const { budget, response } = sending(Buffer.alloc(101), { room: 0 });
  t.equal(budget.used, 0);
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(response.closed, true);
});

t.test('a client that leaves before it is closed is left alone', async (t) => {
  const { response } = sending(Buffer.alloc(101), { room: 0 });
  response.abort();
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(response.closed, false);
});
