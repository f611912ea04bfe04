/** The application over real sockets, which includes the behaviour of the HTTP parser. */
import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import { ListenError } from '../../src/http/connection/listener.ts';
import { corsPolicy } from '../../src/http/headers/cors.ts';
import type { Handler } from '../../src/http/route.ts';
import { ROUTES } from '../../src/root/routes.ts';
import { faultOf, get, jsonOf, requestBytes, send, until, Wire } from '../support/http-client.ts';
import { echo, listen, make, predictWith, say } from './fixtures/app.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

const refuse: Handler = () => {
  throw new ServingError('QUEUE_FULL', 'The queue is full.');
};

t.test('every route leads to its handler', async (t) => {
  const { port } = listen(t);
  for (const [name, { method, pattern }] of Object.entries(ROUTES)) {
    const path = pattern.replace(':model', 'm').replace(':version', '1');
    const response = await send(port, { method, path });
    t.equal(response.body.toString(), name, `${method} ${path}`);
  }
});

t.test('path parameters are decoded, and an encoded slash does not split one', async (t) => {
  const { port } = listen(t, {
    predictVersion: (exchange) => say(exchange.head.parameters.join('|'))(exchange),
  });
  const response = await send(port, {
    method: 'POST',
    path: '/v1/models/a%20b%2Fc/versions/%C3%A9/predict',
    body: '',
  });
  t.equal(response.body.toString(), 'a b/c|é');
});

for (const path of ['/nope', '//', '/v1', '/v1/models//predict', '/health/', '/../../etc/passwd', '/%ff']) {
  t.test(`${path} is not found`, async (t) => {
    const { port, log } = listen(t);
    t.strictSame(faultOf(await get(port, path)), [404, 'ROUTE_NOT_FOUND']);
    t.match(log, [{ route: 'none', status: 404 }]);
  });
}

const NOT_ALLOWED = [
  ['GET', '/v1/predict', 'POST'],
  ['PUT', '/v1/models/m/predict', 'POST'],
  ['post', '/v1/predict', 'POST'],
  ['BREW', '/v1/predict', 'POST'],
  ['POST', '/v1/models', 'GET, HEAD'],
  ['DELETE', '/health', 'GET, HEAD'],
  ['OPTIONS', '/v1/predict', 'POST'],
] as const;

for (const [method, path, allow] of NOT_ALLOWED) {
  t.test(`${method} ${path} is refused with Allow: ${allow}`, async (t) => {
    const { port } = listen(t);
    const response = await send(port, { method, path });
    t.strictSame(faultOf(response), [405, 'METHOD_NOT_ALLOWED']);
    t.equal(response.headers.get('allow'), allow);
  });
}

t.test('HEAD gets the same response as GET, without the body', async (t) => {
  const { port } = listen(t);
  const response = await send(port, { method: 'HEAD', path: '/health' });
  t.equal(response.status, 200);
  t.equal(response.headers.get('content-length'), String('health'.length));
});

t.test('HEAD of an unknown path is 404 and leaves the connection usable', async (t) => {
  const wire = await Wire.open(listen(t).port);
  t.teardown(() => wire.leave());
  await wire.send({ method: 'HEAD', path: '/nope' });
  t.equal((await wire.response({ toHead: true }))?.status, 404);
  await wire.send({ path: '/health' });
  t.equal((await wire.response())?.body.toString(), 'health');
});

t.test('a preflight request from an allowed origin is answered', async (t) => {
  const { port } = listen(t, {}, { corsHeaders: corsPolicy(['https://a.test']) });
  const ask = (origin: string) => send(port, { method: 'OPTIONS', path: '/v1/predict', headers: { origin } });
  const allowed = await ask('https://a.test');
  t.equal(allowed.status, 204);
  t.match(Object.fromEntries(allowed.headers), {
    'access-control-allow-origin': 'https://a.test',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': /content-type, .*x-request-timeout-ms, .*if-none-match, .*tracestate/,
    vary: 'Origin',
  });
  const other = await ask('https://b.test');
  t.equal(other.status, 405);
  t.notOk(other.headers.has('access-control-allow-origin'));
});

t.test('pages of allowed origins may send the headers that handlers want', async (t) => {
  const { port } = listen(t, {}, { corsHeaders: corsPolicy(['*']), keptHeaders: () => ['x-user-id'] });
  const asked = { method: 'OPTIONS', path: '/v1/predict', headers: { origin: 'https://a.test' } };
  t.match(
    (await send(port, asked)).headers.get('access-control-allow-headers'),
    /^authorization, x-api-key, .*, x-user-id$/,
  );
});

t.test('a page of an allowed origin may read errors as well', async (t) => {
  const { port } = listen(t, { predict: refuse }, { corsHeaders: corsPolicy(['*']) });
  const response = await send(port, predictWith('x', { origin: 'https://a.test' }));
  t.equal(response.status, 503);
  t.equal(response.headers.get('access-control-allow-origin'), '*');
});

t.test('a valid request id is returned, an unsafe one is replaced', async (t) => {
  const { port } = listen(t);
  const idOf = async (id: string) =>
    (await get(port, '/health', { 'x-request-id': id })).headers.get('x-request-id');
  t.equal(await idOf('abc-1.2_3'), 'abc-1.2_3');
  for (const id of ['a\tset-cookie', '"', 'é', 'x'.repeat(65)]) t.match(await idOf(id), /^[0-9a-f-]{36}$/);
});

t.test('a line break in a request id cannot inject a header', async (t) => {
  const { port } = listen(t);
  for (const ending of ['\r\n', '\n']) {
    const wire = await Wire.open(port);
    await wire.write(`GET /health HTTP/1.1\r\nHost: a\r\nx-request-id: a${ending}set-cookie: b\r\n\r\n`);
    const response = await wire.response();
    t.notOk(response?.headers.has('set-cookie'));
    wire.leave();
  }
});

t.test('the error that a handler throws or rejects with is the response', async (t) => {
  const { port } = listen(t, {
    health: () => {
      throw new TypeError('now');
    },
    ready: async () => {
      await Promise.resolve();
      throw new ServingError('BAD_QUERY', 'later', { pointer: '/a' });
    },
  });
  t.strictSame(faultOf(await get(port, '/health')), [500, 'INTERNAL']);
  t.match(jsonOf(await get(port, '/health/ready')), { code: 'BAD_QUERY', pointer: '/a' });
});

t.test('a short body that is refused unread leaves the connection usable', async (t) => {
  const { port } = listen(t, { predict: refuse });
  const wire = await Wire.open(port);
  t.teardown(() => wire.leave());
  for (let i = 0; i < 3; i++) {
    await wire.send(predictWith(Buffer.alloc(900 * KiB)));
    const response = await wire.response();
    t.equal(response?.status, 503);
    t.notOk(response?.headers.has('connection'));
  }
});

t.test('a long body that is refused before it is sent ends the connection', async (t) => {
  const wire = await Wire.open(listen(t, { predict: refuse }).port);
  await wire.send({ method: 'POST', path: '/v1/predict', headers: { 'content-length': String(32 * MiB) } });
  const response = await wire.response();
  t.equal(response?.status, 503);
  t.equal(response?.headers.get('connection'), 'close');
  await wire.closed;
});

const UNKNOWN_ENDS = [
  ['two lengths that differ', 'Content-Length: 5\r\nContent-Length: 60\r\n'],
  ['two lengths that agree', 'Content-Length: 5\r\nContent-Length: 5\r\n'],
  ['an empty length', 'Content-Length: \r\n'],
  ['a signed length', 'Content-Length: +5\r\n'],
  ['a length of twenty digits', `Content-Length: ${'9'.repeat(20)}\r\n`],
  ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'],
] as const;

for (const [name, lines] of UNKNOWN_ENDS) {
  t.test(`after ${name} no further bytes are parsed as a request`, async (t) => {
    const { port, app, log } = listen(t, { predict: echo });
    const wire = await Wire.open(port);
    await wire.write(
      `POST /v1/predict HTTP/1.1\r\nHost: a\r\n${lines}\r\nhelloGET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n`,
    );
    await wire.closed;
    t.notMatch(wire.unread, 'HTTP/1.1 200');
    t.equal(app.openRequests, 0);
    // Requests that the parser itself refuses never reach the application.
    t.ok(log.length <= 1 && log.every((line) => line['route'] === '/v1/predict'));
  });

  t.test(`${name} are answered once, when no more bytes follow`, async (t) => {
    const { port, log } = listen(t, { predict: echo });
    const wire = await Wire.open(port);
    await wire.write(`POST /v1/predict HTTP/1.1\r\nHost: a\r\n${lines}\r\nhello`);
    await wire.closed;
    t.match(wire.unread, /^HTTP\/1\.1 400 /);
    t.equal(wire.unread.split('HTTP/1.1').length, 2);
    t.ok(log.length <= 1);
  });
}

t.test('a head that is too large is refused by the parser', async (t) => {
  const { port } = listen(t);
  for (const lines of [`X: ${'a'.repeat(5000)}\r\n`, 'X: a\r\n'.repeat(150)]) {
    const wire = await Wire.open(port);
    await wire.write(`GET /health HTTP/1.1\r\nHost: a\r\n${lines}\r\n`);
    t.equal((await wire.response())?.status, 431);
    await wire.closed;
  }
});

t.test('HTTP/1.0, HTTP/2, absolute forms and garbage are refused and the connection closed', async (t) => {
  const { port } = listen(t);
  for (const bytes of [
    'GET /health HTTP/1.0\r\nHost: a\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'GET http://a/health HTTP/1.1\r\nHost: a\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
    Buffer.from('16030100a5010000a1030300000000000000000000', 'hex'),
  ]) {
    const wire = await Wire.open(port);
    await wire.write(bytes);
    t.equal((await wire.response())?.status, 505);
    await wire.closed;
  }
});

t.test('a request without a host is refused', async (t) => {
  const wire = await Wire.open(listen(t).port);
  await wire.write('GET /health HTTP/1.1\r\n\r\n');
  t.equal((await wire.response())?.status, 400);
  await wire.closed;
});

t.test('a body may come in chunks of any size, split at any byte', async (t) => {
  const { port } = listen(t, { predict: echo });
  const head = 'POST /v1/predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  const bytes = Buffer.from(`${head}1\r\nh\r\n3\r\nell\r\n0001\r\no\r\n0\r\n\r\n`);
  for (const step of [1, 7, bytes.length]) {
    const wire = await Wire.open(port);
    for (let at = 0; at < bytes.length; at += step) await wire.write(bytes.subarray(at, at + step));
    t.equal((await wire.response())?.body.toString(), 'hello', `in steps of ${step}`);
    wire.leave();
  }
});

t.test('a client that expects 100-continue gets it', async (t) => {
  const wire = await Wire.open(listen(t, { predict: echo }).port);
  t.teardown(() => wire.leave());
  await wire.write(
    'POST /v1/predict HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
  );
  t.equal((await wire.response())?.status, 100);
  await wire.write('hello');
  t.equal((await wire.response())?.body.toString(), 'hello');
});

t.test('requests that follow each other without waiting are answered in order', async (t) => {
  const wire = await Wire.open(listen(t).port);
  t.teardown(() => wire.leave());
  const paths = ['/health', '/v1/models', '/health/live'];
  await wire.write(Buffer.concat(paths.map((path) => requestBytes({ path }))));
  const answers = [];
  for (const _ of paths) answers.push((await wire.response())?.body.toString());
  t.strictSame(answers, ['health', 'listModels', 'live']);
});

t.test('a request before the previous response ends the connection and is counted', async (t) => {
  // uWebSockets.js does not queue it: docs/security.md lists this among its limits.
  const { port, app, log } = listen(t, { predict: () => undefined });
  const wire = await Wire.open(port);
  await wire.send(predictWith('x'));
  await until(() => app.openRequests === 1);
  await wire.send({ path: '/health' });
  await wire.closed;
  await until(() => app.openRequests === 0);
  t.match(log, [{ message: 'client gone', status: 499 }]);
});

t.test('a chunk with an extension is unsupported, and the request ends at its deadline', async (t) => {
  // uWebSockets.js waits for more bytes; the deadline of the request ends it.
  const predict: Handler = (exchange) => {
    exchange.startDeadline();
    return echo(exchange);
  };
  const { port, app } = listen(t, { predict }, { maxTimeoutMs: 50 });
  const wire = await Wire.open(port);
  t.teardown(() => wire.leave());
  await wire.write(
    'POST /v1/predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n',
  );
  const response = await wire.response();
  t.strictSame(faultOf(response!), [504, 'DEADLINE_EXCEEDED']);
  t.equal(app.openRequests, 0);
});

t.test('the request of a client that disconnects no longer counts as open', async (t) => {
  const { port, app, log } = listen(t, { predict: () => undefined });
  const wires = await Promise.all(Array.from({ length: 5 }, () => Wire.open(port)));
  for (const wire of wires) await wire.send(predictWith('x'));
  await until(() => app.openRequests === 5);
  for (const wire of wires) wire.leave();
  await until(() => app.openRequests === 0);
  t.equal(log.filter(({ message }) => message === 'client gone').length, 5);
});

t.test('from the first signal on, answers close their connections', async (t) => {
  let closing = false;
  const { port } = listen(t, {}, { closesConnections: () => closing });
  const wire = await Wire.open(port);
  await wire.send({ path: '/health' });
  t.notOk((await wire.response())?.headers.has('connection'));
  closing = true;
  await wire.send({ path: '/health' });
  t.equal((await wire.response())?.headers.get('connection'), 'close');
  await wire.closed;
});

t.test('requests for health, metrics and documents do not call onRequest', async (t) => {
  let seen = 0;
  const { port } = listen(t, {}, { onRequest: () => seen++ });
  for (const path of ['/health', '/health/ready', '/metrics', '/docs', '/openapi.json'])
    await get(port, path);
  t.equal(seen, 0);
  await get(port, '/v1/models');
  t.equal(seen, 1);
});

t.test('a port in use is not shared', async (t) => {
  const { port } = listen(t);
  t.throws(() => make(t).app.listen('127.0.0.1', port), ListenError);
});

t.test('listening on an address of another machine fails', async (t) => {
  t.throws(() => make(t).app.listen('192.0.2.1', 0), { message: /192\.0\.2\.1/ });
});
