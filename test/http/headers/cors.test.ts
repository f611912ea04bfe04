import t from 'tap';
import { corsPolicy } from '../../../src/http/headers/cors.ts';

t.test('by default no other origin is allowed', async (t) => {
  t.strictSame(corsPolicy([])('https://a.test'), []);
});

t.test('a configured origin is allowed by name, with Vary: Origin', async (t) => {
  const headers = new Map(corsPolicy(['https://a.test', 'https://b.test'])('https://b.test'));
  t.equal(headers.get('access-control-allow-origin'), 'https://b.test');
  t.equal(headers.get('vary'), 'Origin');
});

for (const origin of ['https://c.test', 'http://a.test', 'https://a.test.evil.test', 'null', '']) {
  t.test(`the origin "${origin}" is not https://a.test`, async (t) => {
    t.strictSame(corsPolicy(['https://a.test'])(origin), []);
  });
}

t.test('a star allows every origin, without Vary', async (t) => {
  const headers = new Map(corsPolicy(['*'])('https://a.test'));
  t.equal(headers.get('access-control-allow-origin'), '*');
  t.notOk(headers.has('vary'));
});

t.test('pages may read the headers of responses', async (t) => {
  for (const allowed of ['*', 'https://a.test']) {
    const headers = new Map(corsPolicy([allowed])('https://a.test'));
    t.equal(
      headers.get('access-control-expose-headers'),
      'x-request-id, server-timing, retry-after, traceresponse, inference-header-content-length, x-model-version, x-model-route, cache-status, etag',
    );
  }
});
