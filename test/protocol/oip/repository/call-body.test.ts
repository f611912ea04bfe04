import t from 'tap';
import { callBody } from '../../../../src/protocol/oip/repository/call-body.ts';
import { exchangeOf } from '../../../http/fixtures/exchange.ts';

t.test('a body that does not come is given up at the deadline', async (t) => {
  const { exchange, clock, response } = exchangeOf([['content-length', '9']]);
  void callBody(exchange);
  response.feed('{', false);
  clock.advance(60_000);
  t.match(JSON.parse(response.body!), { code: 'DEADLINE_EXCEEDED' });
});

t.test('the call takes as long as it takes once its body is there', async (t) => {
  const { exchange, clock, response } = exchangeOf([['content-length', '2']]);
  const body = callBody(exchange);
  response.feed('{}', true);
  t.strictSame(await body, {});
  clock.advance(60_000);
  t.notOk(exchange.ended);
});

t.test('a compressed body is refused by the name of the header', async (t) => {
  const { exchange } = exchangeOf([
    ['content-length', '9'],
    ['content-encoding', 'gzip'],
  ]);
  await t.rejects(callBody(exchange), { code: 'UNSUPPORTED_MEDIA_TYPE', message: /Content-Encoding/ });
});
