import t from 'tap';
import { ByteBudget } from '../../../src/admission/budget.ts';
import { readBody, refuseTooLarge } from '../../../src/http/body/body.ts';
import { BodyBuffers } from '../../../src/http/body/buffers.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { exchangeOf, type ExchangeUnderTest } from '../fixtures/exchange.ts';

const CHUNKED = [['transfer-encoding', 'chunked']] as const;
const lengthOf = (bytes: number) => [['content-length', String(bytes)]] as const;

interface Reading extends ExchangeUnderTest {
  readonly body: Promise<Buffer>;
  readonly budget: ByteBudget;
  readonly buffers: BodyBuffers;
}

/** Begins to read a body as a handler does. */
function read(
  headers: readonly (readonly [string, string])[],
  maxBytes = 1000,
  budgetBytes = 10_000,
): Reading {
  const each = exchangeOf(headers);
  const budget = new ByteBudget(budgetBytes, each.clock);
  const permit = budget.open(each.exchange.head.contentLength ?? 0);
  each.exchange.onEnd(() => permit.release());
  const buffers = new BodyBuffers();
  const body = readBody(each.exchange, { maxBytes, permit, buffers });
  body.catch(() => undefined);
  return { ...each, body, budget, buffers };
}

t.test('a body of declared length is complete with its last chunk', async (t) => {
  const { body, response } = read(lengthOf(5));
  response.feed('he');
  response.feed('llo', true);
  t.equal((await body).toString(), 'hello');
});

t.test('a chunked body may end with an empty chunk', async (t) => {
  const { body, response } = read(CHUNKED);
  response.feed('hello');
  response.feed('', true);
  t.equal((await body).toString(), 'hello');
});

t.test('a body may have exactly the maximum size, chunked or not', async (t) => {
  for (const headers of [CHUNKED, lengthOf(1000)]) {
    const { body, response } = read(headers, 1000);
    response.feed('x'.repeat(999));
    response.feed('x', true);
    t.equal((await body).length, 1000);
  }
});

t.test('a chunked body keeps its earlier bytes when its buffer grows', async (t) => {
  const pieces = Array.from({ length: 40 }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(5000));
  const { body, response } = read(CHUNKED, 1_000_000, 1_000_000);
  for (const piece of pieces) response.feed(piece);
  response.feed('', true);
  t.equal((await body).toString(), pieces.join(''));
});

t.test('a chunked body is refused with the chunk that makes it too large', async (t) => {
  const { body, response, budget } = read(CHUNKED, 1000);
  response.feed('x'.repeat(1000));
  response.feed('x');
  await t.rejects(body, { code: 'BODY_TOO_LARGE', status: 413 });
  t.equal(budget.used, 1000, 'no bytes were reserved for it');
});

t.test('bytes after a refusal are discarded', async (t) => {
  const { body, response, budget } = read(CHUNKED, 10);
  for (let i = 0; i < 100; i++) response.feed('x'.repeat(10));
  await t.rejects(body, { code: 'BODY_TOO_LARGE' });
  t.equal(budget.used, 10);
});

t.test('a declared length beyond the limit is refused before any byte arrives', async (t) => {
  const { exchange } = exchangeOf(lengthOf(1001));
  t.throws(() => refuseTooLarge(exchange, 1000), { code: 'BODY_TOO_LARGE', status: 413 });
  refuseTooLarge(exchange, 1001);
  refuseTooLarge(exchangeOf(CHUNKED).exchange, 1000);
});

t.test('a request without a body is refused as empty', async (t) => {
  for (const headers of [[], CHUNKED]) {
    const { body, response } = read(headers);
    response.feed('', true);
    await t.rejects(body, { code: 'EMPTY_BODY', status: 400 });
  }
});

t.test('a chunked body reserves bytes as it grows, and is refused when the budget is used up', async (t) => {
  const { body, response, budget } = read(CHUNKED, 1000, 150);
  response.feed('x'.repeat(100));
  t.equal(budget.used, 100);
  response.feed('x'.repeat(100));
  await t.rejects(body, { code: 'OVERLOADED', status: 503, retryAfterSeconds: 1 });
  t.equal(budget.used, 100);
});

t.test('a declared body takes its bytes as they arrive, and a buffer with the first of them', async (t) => {
  const { body, response, budget, buffers } = read(lengthOf(100));
  t.equal(budget.used, 0);
  const before = buffers.take(100);
  buffers.give(before);
  response.feed('x'.repeat(60));
  t.equal(budget.used, 60);
  t.not(buffers.take(100), before, 'the buffer is in use');
  response.feed('x'.repeat(40), true);
  t.equal((await body).toString(), 'x'.repeat(100));
  t.equal(budget.used, 100);
});

t.test('a body that has nearly stopped gives way to another, one that comes does not', async (t) => {
  const clock = new FakeClock();
  const budget = new ByteBudget(150, clock);
  const buffers = new BodyBuffers();
  const begin = () => {
    const each = exchangeOf(CHUNKED);
    const permit = budget.open(0);
    each.exchange.onEnd(() => permit.release());
    const body = readBody(each.exchange, { maxBytes: 150, permit, buffers });
    body.catch((error: unknown) => each.exchange.fail(error));
    return { ...each, body };
  };
  const first = begin();
  first.response.feed('x'.repeat(100));
  const second = begin();
  second.response.feed('x'.repeat(100));
  await t.rejects(second.body, { code: 'OVERLOADED' }, 'the first has only just begun');

  clock.advance(1000);
  const third = begin();
  third.response.feed('y'.repeat(100));
  await t.rejects(first.body, { code: 'OVERLOADED', message: /too slowly/ });
  first.response.feed('', true);
  t.match(first.response.status, /^503/);
  third.response.feed('', true);
  t.equal((await third.body).toString(), 'y'.repeat(100));
});

t.test('when the client disconnects half way, its bytes and its buffer are released', async (t) => {
  const { body, response, budget, buffers } = read(lengthOf(100));
  response.feed('half');
  response.abort();
  await t.rejects(body);
  t.equal(budget.used, 0);
  const again = buffers.take(100);
  t.equal(again.subarray(0, 4).toString(), 'half', 'it is the same memory');
  t.not(buffers.take(100), again, 'it was released once');
});

t.test('a buffer that was outgrown is released once', async (t) => {
  const { response, exchange, buffers } = read(CHUNKED, 200_000, 200_000);
  response.feed('x'.repeat(60_000));
  response.feed('x'.repeat(60_000), true);
  exchange.answer({ contentType: 'text/plain', body: '' });
  const taken = [64 * 1024, 64 * 1024, 200_000, 200_000].map((bytes) => buffers.take(bytes));
  t.equal(new Set(taken).size, taken.length);
});
