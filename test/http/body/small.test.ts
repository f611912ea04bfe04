import t from 'tap';
import { ByteBudget } from '../../../src/admission/budget.ts';
import { systemClock } from '../../../src/clock.ts';
import { BodyBuffers } from '../../../src/http/body/buffers.ts';
import { readSmallBody } from '../../../src/http/body/small.ts';
import { exchangeOf } from '../fixtures/exchange.ts';

const MEMORY = {
  open: (bytes: number) => new ByteBudget(1000, systemClock).open(bytes),
  buffers: new BodyBuffers(),
};

t.test('a compressed body is refused by the name of the header', (t) => {
  for (const coding of ['gzip', 'br']) {
    const { exchange } = exchangeOf([
      ['content-length', '9'],
      ['content-encoding', coding],
    ]);
    t.throws(() => readSmallBody(exchange, 100, MEMORY), {
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: /Content-Encoding/,
    });
  }
  t.end();
});

t.test('a body that is not compressed is read', async (t) => {
  const { exchange, response } = exchangeOf([['content-length', '2']]);
  const body = readSmallBody(exchange, 100, MEMORY);
  response.feed('{}', true);
  t.equal((await body).toString(), '{}');
});
