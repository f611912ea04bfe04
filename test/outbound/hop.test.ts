import { gzipSync } from 'node:zlib';
import t from 'tap';
import { fetcherFor, NEVER, origin, tcpOrigin } from './fixtures/origin.ts';

const REFUSED = { name: 'ServingError', code: 'URL_REFUSED' };
const FAILED = { name: 'ServingError', code: 'URL_FAILED' };

t.test('the bytes arrive complete, in a separate buffer', async (t) => {
  const { port, url } = await origin(t, (_, response) => {
    response.write('one, ');
    response.end('two');
  });
  const bytes = await fetcherFor(t, port).fetch(url('/cat.jpg'), NEVER);
  t.equal(Buffer.from(bytes).toString(), 'one, two');
  t.equal(bytes.buffer.byteLength, bytes.byteLength);
});

t.test('the request has path, query and host, and no credentials or client headers', async (t) => {
  const { port, url, requests } = await origin(t, (_, response) => response.end('x'));
  await fetcherFor(t, port).fetch(url('/a%20b.jpg?size=2#top'), NEVER);
  const [request] = requests;
  t.equal(`${request?.method} ${request?.url}`, 'GET /a%20b.jpg?size=2');
  t.strictSame(request?.headers, {
    host: `images.test:${port}`,
    connection: 'close',
    'user-agent': 'ortolan-image-fetch',
    accept: 'image/jpeg, image/png, image/webp',
    'accept-encoding': 'identity',
  });
});

t.test('cookies that a host sets are not sent back', async (t) => {
  const { port, url, requests } = await origin(t, (request, response) => {
    response.setHeader('set-cookie', 'a=b');
    if (request.url === '/') response.writeHead(302, { location: '/2' });
    response.end('x');
  });
  await fetcherFor(t, port).fetch(url(), NEVER);
  t.strictSame(
    requests.map((request) => request.headers.cookie),
    [undefined, undefined],
  );
});

t.test('proxy variables in the environment are ignored', async (t) => {
  const { port, url, requests } = await origin(t, (_, response) => response.end('x'));
  t.intercept(process, 'env', {
    value: { ...process.env, http_proxy: 'http://127.0.0.1:9', NODE_USE_ENV_PROXY: '1' },
  });
  await fetcherFor(t, port).fetch(url(), NEVER);
  t.equal(requests.length, 1);
});

t.test('an answer other than 2xx is a failure', async (t) => {
  for (const status of [304, 400, 404, 500, 503]) {
    const { port, url } = await origin(t, (_, response) => response.writeHead(status).end());
    await t.rejects(fetcherFor(t, port).fetch(url(), NEVER), {
      ...FAILED,
      cause: { message: `images.test answered ${status}` },
    });
  }
});

t.test('a closed port, a broken answer and an early end are failures with one message', async (t) => {
  const closed = await tcpOrigin(t, () => {});
  const answers = ['', 'SSH-2.0-OpenSSH\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc'];
  const messages = new Set<string>();
  for (const answer of answers) {
    const port = await tcpOrigin(t, (socket) => socket.once('data', () => socket.end(answer)));
    await t.rejects(fetcherFor(t, port).fetch(`http://images.test:${port}/`, NEVER), FAILED, answer);
    await fetcherFor(t, port)
      .fetch(`http://images.test:${port}/`, NEVER)
      .catch((error: Error) => messages.add(error.message));
  }
  const refusing = fetcherFor(t, closed, {
    resolve: async () => [{ address: '127.0.0.9', family: 4 }],
    kindOf: () => 'public',
  });
  await t.rejects(refusing.fetch(`http://images.test:${closed}/`, NEVER), FAILED);
  await refusing
    .fetch(`http://images.test:${closed}/`, NEVER)
    .catch((error: Error) => messages.add(error.message));
  t.equal(messages.size, 1);
});

t.test('a body of exactly the limit is accepted', async (t) => {
  const { port, url } = await origin(t, (_, response) => response.end(Buffer.alloc(1000)));
  t.equal((await fetcherFor(t, port).fetch(url(), NEVER)).byteLength, 1000);
});

t.test('the connection of a redirect or of a response refused by its head is closed at once', async (t) => {
  for (const head of [{ 'content-length': 1001 }, { 'content-encoding': 'gzip' }]) {
    const closed = Promise.withResolvers<void>();
    const { port, url } = await origin(t, (_, response) => {
      response.on('close', closed.resolve).writeHead(200, head).flushHeaders();
    });
    await t.rejects(fetcherFor(t, port).fetch(url(), NEVER), REFUSED);
    await closed.promise;
  }
  const closed = Promise.withResolvers<void>();
  const { port, url } = await origin(t, (request, response) => {
    if (request.url === '/2') return void response.end('x');
    response.on('close', closed.resolve).writeHead(302, { location: '/2' }).flushHeaders();
  });
  await fetcherFor(t, port).fetch(url(), NEVER);
  await closed.promise;
});

t.test('a length beyond the limit is refused before the body arrives', async (t) => {
  const { port, url } = await origin(t, (_, response) => {
    response.writeHead(200, { 'content-length': 1001 }).flushHeaders();
  });
  await t.rejects(fetcherFor(t, port).fetch(url(), NEVER), {
    ...REFUSED,
    cause: { message: /announced 1001/ },
  });
});

t.test('an endless body is refused at the limit, and its connection closed', async (t) => {
  const closed = Promise.withResolvers<void>();
  const { port, url } = await origin(t, (_, response) => {
    const pour = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(300)));
    };
    response.on('drain', pour).on('close', closed.resolve);
    pour();
  });
  await t.rejects(fetcherFor(t, port).fetch(url(), NEVER), {
    ...REFUSED,
    cause: { message: /sent more than 1000/ },
  });
  await closed.promise;
});

t.test('bytes beyond the declared length are not read', async (t) => {
  const port = await tcpOrigin(t, (socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcdef')),
  );
  const bytes = await fetcherFor(t, port).fetch(`http://images.test:${port}/`, NEVER);
  t.equal(Buffer.from(bytes).toString(), 'abc');
});

t.test('two lengths that differ are a failure', async (t) => {
  const port = await tcpOrigin(t, (socket) =>
    socket.once('data', () =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 6\r\n\r\nabcdef'),
    ),
  );
  await t.rejects(fetcherFor(t, port).fetch(`http://images.test:${port}/`, NEVER), FAILED);
});

t.test('an uncompressed response is accepted, whatever other codings it declares', async (t) => {
  for (const encoding of ['', 'identity', 'aws-chunked', 'AWS-Chunked, identity']) {
    const { port, url } = await origin(t, (_, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end('plain');
    });
    t.equal(Buffer.from(await fetcherFor(t, port).fetch(url(), NEVER)).toString(), 'plain', encoding);
  }
});

t.test('a compressed answer is refused, however small it is', async (t) => {
  const { port, url } = await origin(t, (_, response) => {
    response.writeHead(200, { 'content-encoding': 'aws-chunked, gzip' }).end(gzipSync(Buffer.alloc(900)));
  });
  await t.rejects(fetcherFor(t, port).fetch(url(), NEVER), {
    ...REFUSED,
    cause: { message: /content-encoding aws-chunked, gzip/ },
  });
});

t.test('an https URL uses TLS, with the host as server name', async (t) => {
  const hello = Promise.withResolvers<Buffer>();
  const port = await tcpOrigin(t, (socket) =>
    socket.once('data', (data) => {
      hello.resolve(data);
      socket.destroy();
    }),
  );
  await t.rejects(fetcherFor(t, port).fetch(`https://images.test:${port}/`, NEVER), FAILED);
  const bytes = await hello.promise;
  t.equal(bytes[0], 0x16, 'a TLS handshake record');
  t.ok(bytes.includes('images.test'), 'server name indication');
});
