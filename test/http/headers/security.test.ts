/** Headers of every answer, as they arrive. */
import t from 'tap';
import { fixedHeaders, type FixedSettings } from '../../../src/http/headers/security.ts';
import { ServingError } from '../../../src/errors.ts';
import type { Handler } from '../../../src/http/route.ts';
import { get, send } from '../../support/http-client.ts';
import { listen, predictWith } from '../fixtures/app.ts';

const page: Handler = (exchange) =>
  exchange.answer({
    contentType: 'text/html; charset=utf-8',
    body: 'x',
    headers: [
      ['cache-control', 'public, max-age=300'],
      ['content-security-policy', "default-src 'self'"],
    ],
  });

const tagged: Handler = (exchange) =>
  exchange.answer({ contentType: 'application/json', body: '1', headers: [['etag', '"a"']] });

const refuse: Handler = () => {
  throw new ServingError('QUEUE_FULL', 'Full.');
};

const withHeaders = (settings: Partial<FixedSettings> = {}) => ({
  fixedHeaders: fixedHeaders({ security: 'on', hstsSeconds: 0, server: undefined, ...settings }),
});

const DATA = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
};

t.test('each is a header of its own, on answers, errors and unknown paths', async (t) => {
  const { port } = listen(t, { predict: refuse }, withHeaders());
  for (const response of [
    await get(port, '/health'),
    await get(port, '/nope'),
    await send(port, predictWith('x')),
    await send(port, { method: 'HEAD', path: '/health' }),
  ]) {
    t.match(Object.fromEntries(response.headers), { ...DATA, 'cache-control': 'no-store' });
    for (const name of ['strict-transport-security', 'server', 'uwebsockets']) {
      t.notOk(response.headers.has(name), name);
    }
  }
});

t.test('an answer that may be kept says how long by itself', async (t) => {
  const { port } = listen(t, { health: tagged, home: page }, withHeaders());
  const kept = Object.fromEntries((await get(port, '/health')).headers);
  t.match(kept, DATA);
  t.notOk('cache-control' in kept);
  const home = Object.fromEntries((await get(port, '/')).headers);
  t.match(home, {
    'cache-control': 'public, max-age=300',
    'content-security-policy': "default-src 'self'",
    'x-frame-options': 'DENY',
  });
});

t.test('off leaves what keeps a browser from guessing the type', async (t) => {
  const { port } = listen(t, {}, withHeaders({ security: 'off' }));
  const headers = Object.fromEntries((await get(port, '/health')).headers);
  t.equal(headers['x-content-type-options'], 'nosniff');
  for (const name of ['content-security-policy', 'cache-control', 'x-frame-options']) {
    t.notOk(name in headers, name);
  }
});

t.test('HSTS and Server are what they are set to', async (t) => {
  for (const security of ['on', 'off'] as const) {
    const { port } = listen(
      t,
      { home: page },
      withHeaders({ security, hstsSeconds: 60, server: 'ortolan/1 (test)' }),
    );
    for (const path of ['/health', '/', '/nope']) {
      t.match(Object.fromEntries((await get(port, path)).headers), {
        'strict-transport-security': 'max-age=60',
        server: 'ortolan/1 (test)',
      });
    }
  }
});
