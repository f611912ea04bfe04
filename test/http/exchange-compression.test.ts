import { setImmediate as turn } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import { compress } from '../../src/http/answer/compress.ts';
import { exchangeOf, type ExchangeUnderTest } from './fixtures/exchange.ts';

const BODY = JSON.stringify(Array.from({ length: 1000 }, (_, i) => i));
const ANSWER = { contentType: 'application/json', body: BODY };
const GZIP = [['accept-encoding', 'gzip']] as const;

/** Resolves when the request has ended. */
async function ended({ exchange }: ExchangeUnderTest): Promise<void> {
  while (!exchange.ended) await turn();
}

t.test('an answer is compressed for a client that accepts it', async (t) => {
  const each = exchangeOf(GZIP);
  each.exchange.answer(ANSWER);
  await ended(each);
  const { response } = each;
  t.equal(response.status, '200 OK');
  t.equal(response.headers.get('content-encoding'), 'gzip');
  t.equal(response.headers.get('vary'), 'Accept-Encoding');
  t.equal(gunzipSync(response.bytes!).toString(), BODY);
  t.strictSame(await each.finished(), { answered: 1 });
});

t.test('other statuses, errors and answers to HEAD are never compressed', async (t) => {
  const unavailable = exchangeOf(GZIP);
  unavailable.exchange.answer({ ...ANSWER, status: 503 });
  const failed = exchangeOf(GZIP);
  failed.exchange.fail(new ServingError('BAD_JSON', 'x'.repeat(5000)));
  const head = exchangeOf(GZIP, {}, 'HEAD');
  head.exchange.answer(ANSWER);
  for (const { exchange, response } of [unavailable, failed, head]) {
    t.ok(exchange.ended);
    t.notOk(response.headers.has('content-encoding'));
  }
});

t.test('a deadline that passes while an answer is compressed ends the request once', async (t) => {
  const each = exchangeOf(GZIP);
  each.exchange.startDeadline();
  each.exchange.answer(ANSWER);
  each.clock.advance(1000);
  t.equal(each.response.status, '504 Gateway Timeout');
  // Begun later, so it is done later.
  await compress(BODY, 'gzip');
  await turn();
  t.strictSame(await each.finished(), { failed: 1 });
});

t.test('a client that leaves while its answer is compressed is abandoned', async (t) => {
  const each = exchangeOf(GZIP);
  each.exchange.answer(ANSWER);
  each.response.abort();
  await turn();
  t.strictSame(await each.finished(), { abandoned: 1 });
});
