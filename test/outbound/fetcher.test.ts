import t from 'tap';
import { addressKind } from '../../src/outbound/address.ts';
import { UrlFetcher } from '../../src/outbound/fetcher.ts';
import { systemResolve } from '../../src/outbound/pinned-lookup.ts';
import { fetcherFor, HandClock, NEVER, origin, tcpOrigin } from './fixtures/origin.ts';

const REFUSED = { name: 'ServingError', code: 'URL_REFUSED' };
const TIMEOUT = { name: 'ServingError', code: 'URL_TIMEOUT', retryable: true };

/** A promise and the function that resolves it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

t.test('with urlFetch off every URL is refused', async (t) => {
  const { port, url, requests } = await origin(t, (_, response) => response.end('x'));
  await t.rejects(fetcherFor(t, port, { mode: 'off' }).fetch(url(), NEVER), REFUSED);
  t.equal(requests.length, 0);
});

t.test('by default, with the system resolver, the loopback is refused', async (t) => {
  const fetcher = new UrlFetcher({
    ...{ mode: 'public', allow: [], timeoutMs: 5000, maxBytes: 1000, maxConcurrent: 4 },
    accept: () => true,
  });
  t.teardown(() => fetcher.close());
  for (const host of ['localhost', 'localhost.', '127.0.0.1', '[::1]', '0', '2130706433']) {
    await t.rejects(fetcher.fetch(`http://${host}/`, NEVER), REFUSED, host);
  }
});

t.test('a name that the system resolves is reached when the operator named it', async (t) => {
  const { port } = await origin(t, (_, response) => response.end('x'));
  const allow = [`localhost:${port}`];
  const fetcher = fetcherFor(t, port, { allow, resolve: systemResolve, kindOf: addressKind });
  t.equal((await fetcher.fetch(`http://localhost:${port}/`, NEVER)).byteLength, 1);
});

t.test('an invalid entry of the list is an error when the fetcher is made', async (t) => {
  t.throws(() => fetcherFor(t, 80, { allow: ['a.test', 'http://b.test'] }), {
    message: /'http:\/\/b\.test'/,
  });
});

t.test('bytes of an unaccepted format are refused, whatever the content type', async (t) => {
  const { port, url } = await origin(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'image/png' }).end('<html>');
  });
  const accept = (bytes: Uint8Array): boolean => bytes[0] === 0x89;
  await t.rejects(fetcherFor(t, port, { accept }).fetch(url(), NEVER), {
    ...REFUSED,
    cause: { message: /6 bytes that are no image/ },
  });
});

t.test('three redirects are followed, with every status that is one', async (t) => {
  const { port, url, requests } = await origin(t, (request, response) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) response.end('x');
    else response.writeHead([308, 302, 307][left - 1]!, { location: `/${left - 1}` }).end('moved');
  });
  t.equal((await fetcherFor(t, port).fetch(url('/3'), NEVER)).byteLength, 1);
  t.strictSame(
    requests.map((request) => request.url),
    ['/3', '/2', '/1', '/0'],
  );
});

t.test('the fourth of ten redirects is refused and not requested', async (t) => {
  const { port, url, requests } = await origin(t, (request, response) => {
    const left = Number(request.url?.slice(1));
    response.writeHead(302, { location: `/${left - 1}` }).end();
  });
  await t.rejects(fetcherFor(t, port).fetch(url('/10'), NEVER), REFUSED);
  t.equal(requests.length, 4);
});

t.test('a redirect to a forbidden target is refused', async (t) => {
  for (const location of [
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://[::ffff:169.254.169.254]/',
    'file:///etc/passwd',
    'http://me:secret@images.test/',
    'http://images.test:22/',
    '//127.0.0.1/',
  ]) {
    const { port, url, requests } = await origin(t, (_, response) =>
      response.writeHead(302, { location }).end(),
    );
    await t.rejects(fetcherFor(t, port).fetch(url(), NEVER), REFUSED, location);
    t.equal(requests.length, 1);
  }
});

t.test('a redirect without a location, or with two, is a failure', async (t) => {
  for (const headers of [{}, { location: ['/1', '/2'] }]) {
    const { port, url } = await origin(t, (_, response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      response.writeHead(302).end();
    });
    await t.rejects(fetcherFor(t, port).fetch(url(), NEVER), { code: 'URL_FAILED' });
  }
});

t.test('a resolver that never answers is a timeout', async (t) => {
  const clock = new HandClock();
  const asked = gate();
  const resolve = (): Promise<never> => (asked.open(), new Promise(() => {}));
  const fetching = fetcherFor(t, 80, { clock, resolve, allow: [] }).fetch('http://images.test/', NEVER);
  await asked.opened;
  clock.advance(5000);
  await t.rejects(fetching, TIMEOUT);
});

t.test('a TLS handshake that never ends is a timeout, and its socket is closed', async (t) => {
  const clock = new HandClock();
  const asked = gate();
  const closed = gate();
  const port = await tcpOrigin(t, (socket) => socket.once('data', asked.open).once('close', closed.open));
  const fetching = fetcherFor(t, port, { clock }).fetch(`https://images.test:${port}/`, NEVER);
  await asked.opened;
  clock.advance(5000);
  await t.rejects(fetching, TIMEOUT);
  await closed.opened;
});

t.test('a host that never answers is a timeout', async (t) => {
  const clock = new HandClock();
  const asked = gate();
  const { port, url } = await origin(t, asked.open);
  const fetching = fetcherFor(t, port, { clock }).fetch(url(), NEVER);
  await asked.opened;
  clock.advance(4999);
  t.equal(clock.armed, 1);
  clock.advance(1);
  await t.rejects(fetching, TIMEOUT);
});

t.test('a slow body is a timeout, because progress does not extend the limit', async (t) => {
  const clock = new HandClock();
  const { port, url } = await origin(t, (_, response) => {
    response.write('x');
    // Each chunk advances the clock by a second.
    const drip = (): void => {
      clock.advance(1000);
      if (!response.destroyed) response.write('x', () => setImmediate(drip));
    };
    drip();
  });
  await t.rejects(fetcherFor(t, port, { clock }).fetch(url(), NEVER), TIMEOUT);
});

t.test('redirects share one timeout', async (t) => {
  const clock = new HandClock();
  const { port, url } = await origin(t, (_, response) => {
    clock.advance(3000);
    response.writeHead(302, { location: '/' }).end();
  });
  await t.rejects(fetcherFor(t, port, { clock }).fetch(url(), NEVER), TIMEOUT);
});

t.test('no timer is left after a fetch, successful or failed', async (t) => {
  const clock = new HandClock();
  const { port, url } = await origin(t, (request, response) => {
    response.writeHead(request.url === '/' ? 200 : 404).end('x');
  });
  const fetcher = fetcherFor(t, port, { clock });
  await fetcher.fetch(url(), NEVER);
  await t.rejects(fetcher.fetch(url('/404'), NEVER), { code: 'URL_FAILED' });
  t.equal(clock.armed, 0);
});

t.test('an abort ends the fetch with the reason of the signal and closes the connection', async (t) => {
  const gone = new AbortController();
  const reason = new Error('the client has gone');
  const asked = gate();
  const closed = gate();
  const { port, url } = await origin(t, (_, response) => {
    response.on('close', closed.open).write('x', asked.open);
  });
  const fetching = fetcherFor(t, port).fetch(url(), gone.signal);
  await asked.opened;
  gone.abort(reason);
  await t.rejects(fetching, reason);
  await closed.opened;
});

t.test('an aborted signal starts no fetch', async (t) => {
  const { port, url, requests } = await origin(t, (_, response) => response.end('x'));
  await t.rejects(fetcherFor(t, port).fetch(url(), AbortSignal.abort(new Error('gone'))), {
    message: 'gone',
  });
  t.equal(requests.length, 0);
});

t.test('no more than maxConcurrent fetches run; the next starts when one ends', async (t) => {
  const held: (() => void)[] = [];
  const asked = [gate(), gate(), gate()];
  const { port, url } = await origin(t, (_, response) => {
    asked[held.length]!.open();
    held.push(() => response.end('x'));
  });
  const clock = new HandClock();
  const fetcher = fetcherFor(t, port, { clock, maxConcurrent: 2 });
  const fetching = [1, 2, 3].map(() => fetcher.fetch(url(), NEVER));
  await Promise.all([asked[0]!.opened, asked[1]!.opened]);
  t.equal(clock.armed, 2, 'the third waits, and its timeout has not started');
  held[0]!();
  await asked[2]!.opened;
  held.forEach((end) => end());
  t.equal((await Promise.all(fetching)).length, 3);
});

t.test('a bad URL is refused at once, even when all permits are in use', async (t) => {
  const asked = gate();
  const { port, url } = await origin(t, asked.open);
  const fetcher = fetcherFor(t, port, { maxConcurrent: 1 });
  const blocking = t.rejects(fetcher.fetch(url(), NEVER), { code: 'DRAINING' });
  await asked.opened;
  await t.rejects(fetcher.fetch('http://127.0.0.1/', NEVER), REFUSED);
  await fetcher.close();
  await blocking;
});

t.test('close ends running and waiting fetches, and no fetch starts afterwards', async (t) => {
  const asked = gate();
  const { port, url, requests } = await origin(t, asked.open);
  const clock = new HandClock();
  const fetcher = fetcherFor(t, port, { clock, maxConcurrent: 1 });
  const ended = [1, 2].map(() => t.rejects(fetcher.fetch(url(), NEVER), { code: 'DRAINING' }));
  await asked.opened;
  await fetcher.close();
  t.equal(clock.armed, 0, 'running fetches have ended when close resolves');
  await Promise.all(ended);
  await t.rejects(fetcher.fetch(url(), NEVER), { code: 'DRAINING' });
  t.equal(requests.length, 1);
});
