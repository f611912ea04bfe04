import t from 'tap';
import { parseHeaderList } from '../../src/config/header-list.ts';

t.test('reads the form of OTEL_EXPORTER_OTLP_HEADERS', (t) => {
  t.strictSame(parseHeaderList('X-Key=a'), { 'x-key': 'a' });
  t.strictSame(parseHeaderList('a=1, authorization = Bearer%20x%2Cy= '), {
    a: '1',
    authorization: 'Bearer x,y=',
  });
  t.strictSame(parseHeaderList('a='), { a: '' });
  t.end();
});

t.test('refuses what is no list, or cannot be sent', (t) => {
  for (const text of ['', 'a', '=a', 'a=1,', 'a b=1', 'a=%0D%0Ax: y', 'a=%', 'a=%00']) {
    t.equal(parseHeaderList(text), undefined, text);
  }
  t.end();
});
