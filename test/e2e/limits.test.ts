/** Limits of callers, from outside. */
import t from 'tap';
import { faultOf, get, post, postJson, scrape, send, Wire } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const models = modelRepository(t, { net: affine() });
const ROW = { inputs: { x: [[0, 1, 2, 3]] } };

t.test('an address over its rate gets 429 with what it needs to know, and probes are answered', async (t) => {
  const { port } = await startServer(t, { models, options: { rateLimit: '2/h' } });
  const answers = [];
  for (let request = 0; request < 4; request++) answers.push(await postJson(port, '/v1/predict', ROW));
  t.strictSame(
    answers.map(({ status }) => status),
    [200, 200, 429, 429],
  );
  t.strictSame(
    answers.map(({ headers }) => headers.get('ratelimit-policy')),
    answers.map(() => '"rate";q=2;w=3600'),
  );
  t.match(answers[0]?.headers.get('ratelimit'), /^"rate";r=1;t=1[78]\d\d$/);
  t.match(answers[3]?.headers.get('ratelimit'), /^"rate";r=0;t=1[78]\d\d$/);
  t.equal(answers[3]?.headers.get('retry-after'), answers[3]?.headers.get('ratelimit')?.slice(-4));
  t.strictSame(faultOf(answers[3]!), [429, 'RATE_LIMITED']);
  for (const path of ['/health/live', '/health/ready', '/v2/health/live'])
    t.equal((await get(port, path)).status, 200);
  t.equal((await get(port, '/v1/models')).status, 429);
  t.equal((await send(port, { method: 'PUT', path: '/v1/models' })).status, 429, 'errors too');
});

t.test('a body of a refused request is not read, and its connection stays usable', async (t) => {
  const { port } = await startServer(t, { models, options: { rateLimit: '1/d' } });
  await get(port, '/v1/models');
  const wire = await Wire.open(port);
  await wire.write('POST /v1/predict HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n');
  t.equal((await wire.response())?.status, 429, 'before the first byte of the body');
  await wire.write('12345GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
  t.equal((await wire.response())?.status, 200);
  wire.leave();
});

t.test('requests in flight are limited, those with an answer are not', async (t) => {
  const { port } = await startServer(t, { models, options: { concurrencyLimit: 1 } });
  const open = await Wire.open(port);
  await open.write('POST /v1/predict HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12');
  const refused = await postJson(port, '/v1/predict', ROW);
  t.strictSame(faultOf(refused), [429, 'RATE_LIMITED']);
  t.equal(refused.headers.get('ratelimit-policy'), '"concurrency";q=1;qu="concurrent-requests"');
  await open.write('345');
  t.equal((await open.response())?.status, 400);
  const answer = await postJson(port, '/v1/predict', ROW);
  t.equal(answer.status, 200);
  t.equal(answer.headers.get('ratelimit'), '"concurrency";r=0');
  open.leave();
});

t.test('rows are counted where they are what costs', async (t) => {
  const { port } = await startServer(t, {
    models,
    options: { rateLimit: '10/h', rateLimitCost: 'rows', dailyLimit: 12 },
  });
  const rows = (count: number) =>
    post(port, '/v1/predict', Buffer.alloc(16 * count), { 'content-type': 'application/octet-stream' });
  const first = await rows(8);
  t.equal(first.status, 200);
  t.match(first.headers.get('ratelimit'), /^"rate";r=2;t=\d+, "daily";r=4;t=86400$/);
  t.strictSame(faultOf(await rows(5)), [429, 'QUOTA_EXCEEDED'], 'the day has 4');
  t.strictSame(
    faultOf(await rows(3)),
    [429, 'RATE_LIMITED'],
    'its head has taken one of the two that were left',
  );
});

t.test('behind a trusted proxy each client has a limit of its own', async (t) => {
  const { port } = await startServer(t, {
    models,
    options: { rateLimit: '1/h', trustedProxies: ['127.0.0.1'] },
  });
  const as = async (text: string) => (await get(port, '/v1/models', { 'x-forwarded-for': text })).status;
  t.strictSame(
    [await as('192.0.2.1'), await as('192.0.2.1'), await as('192.0.2.2'), await as('9.9.9.9, 192.0.2.2')],
    [200, 429, 200, 429],
  );
  const wire = await Wire.open(port);
  await wire.write(
    'GET /v1/models HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 8.8.8.8\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n',
  );
  t.equal((await wire.response())?.status, 429, 'the last of several headers counts');
  wire.leave();
});

t.test('without trusted proxies a client cannot choose who it is', async (t) => {
  const { port } = await startServer(t, { models, options: { rateLimit: '1/h' } });
  const as = async (text: string) => (await get(port, '/v1/models', { 'x-forwarded-for': text })).status;
  t.strictSame([await as('192.0.2.1'), await as('192.0.2.2')], [200, 429]);
});

t.test('who is refused, and by which limit, is counted', async (t) => {
  const { port } = await startServer(t, {
    models,
    options: { rateLimit: '1/h', trustedProxies: ['1'] },
  });
  const as = (text: string) => get(port, '/v1/models', { 'x-forwarded-for': text });
  for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.1']) await as(address);
  const samples = await scrape(port);
  t.equal(samples('ortolan_limited_requests_total', { caller: 'address', limit: 'rate' }), 2);
  t.equal(samples('ortolan_limited_callers'), 2, 'that address, and the scraper');
  t.equal(samples('ortolan_errors_total', { code: 'RATE_LIMITED' }), 2);
});

t.test('where nothing is limited, no answer says anything of limits', async (t) => {
  const { port } = await startServer(t, { models });
  const { headers } = await postJson(port, '/v1/predict', ROW);
  t.strictSame(
    [...headers.keys()].filter((name) => name.includes('ratelimit')),
    [],
  );
});

t.test('a wrong entry of trustedProxies stops the start', async (t) => {
  const start = startServer(t, { models, options: { trustedProxies: ['10.0.0.0/40'] } });
  await t.rejects(start, {
    message: 'The option trustedProxies is wrong: 10.0.0.0/40 is no address and no network.',
  });
});
