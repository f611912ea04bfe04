import t from 'tap';
import { corsPolicy, preflightHeaders } from '../../../src/http/headers/cors.ts';

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
      'x-request-id, server-timing, retry-after, traceresponse, inference-header-content-length, x-model-version, x-model-route, cache-status, etag, www-authenticate, ratelimit, ratelimit-policy, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset',
    );
  }
});

t.test('credentials are allowed to origins by name, and never to all', async (t) => {
  const name = 'access-control-allow-credentials';
  t.equal(new Map(corsPolicy(['https://a.test'], true)('https://a.test')).get(name), 'true');
  t.strictSame(corsPolicy(['https://a.test'], true)('https://b.test'), []);
  t.notOk(new Map(corsPolicy(['https://a.test'])('https://a.test')).has(name));
  t.notOk(new Map(corsPolicy(['*'], true)('https://a.test')).has(name));
});

t.test('a page is told what it may send, and for how long that holds', async (t) => {
  t.strictSame(preflightHeaders('POST', ['x-user'], 60), [
    ['access-control-allow-methods', 'POST'],
    [
      'access-control-allow-headers',
      'authorization, x-api-key, content-type, content-encoding, x-request-id, x-request-timeout-ms, inference-header-content-length, cache-control, if-none-match, traceparent, tracestate, x-user',
    ],
    ['access-control-max-age', '60'],
  ]);
});
