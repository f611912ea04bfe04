import t from 'tap';
import { corsPolicy } from '../../src/http/cors.ts';

t.test('no page of another site is let in unless it is configured', async (t) => {
  t.strictSame(corsPolicy([])('https://a.test'), []);
});

t.test('a configured origin is let in by its name, and caches are told that it matters', async (t) => {
  const headers = new Map(corsPolicy(['https://a.test', 'https://b.test'])('https://b.test'));
  t.equal(headers.get('access-control-allow-origin'), 'https://b.test');
  t.equal(headers.get('vary'), 'Origin');
});

for (const origin of ['https://c.test', 'http://a.test', 'https://a.test.evil.test', 'null', '']) {
  t.test(`the origin "${origin}" is not https://a.test`, async (t) => {
    t.strictSame(corsPolicy(['https://a.test'])(origin), []);
  });
}

t.test('a star lets every page in, the same way', async (t) => {
  const headers = new Map(corsPolicy(['*'])('https://a.test'));
  t.equal(headers.get('access-control-allow-origin'), '*');
  t.notOk(headers.has('vary'));
});

t.test('pages may read the headers that answers carry', async (t) => {
  for (const allowed of ['*', 'https://a.test']) {
    const headers = new Map(corsPolicy([allowed])('https://a.test'));
    t.equal(
      headers.get('access-control-expose-headers'),
      'x-request-id, server-timing, retry-after, traceresponse',
    );
  }
});
