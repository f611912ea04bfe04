import t from 'tap';
import { addressKind } from '../../src/outbound/address.ts';
import type { Resolve } from '../../src/outbound/pinned-lookup.ts';
import { fetcherFor, LOOPBACK, NEVER, origin, type Origin } from './fixtures/origin.ts';

const REFUSED = { name: 'ServingError', code: 'URL_REFUSED' };
const FAILED = { name: 'ServingError', code: 'URL_FAILED', retryable: true };
const hello = (t: Parameters<typeof origin>[0]): Promise<Origin> =>
  origin(t, (_, response) => response.end('hello'));
const dnsError =
  (code: string): Resolve =>
  () =>
    Promise.reject(Object.assign(new Error(code), { code }));

t.test('a name with a private address among public ones is refused, and no request is sent', async (t) => {
  const { port, url, requests } = await hello(t);
  for (const address of [
    '10.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:127.0.0.2',
    '64:ff9b::a00:1',
    'fe80::1%eth0',
  ]) {
    const family = address.includes(':') ? 6 : 4;
    for (const addresses of [
      [LOOPBACK, { address, family }],
      [{ address, family }, LOOPBACK],
    ]) {
      const fetcher = fetcherFor(t, port, { resolve: async () => addresses });
      await t.rejects(fetcher.fetch(url(), NEVER), REFUSED, address);
    }
  }
  t.equal(requests.length, 0);
});

t.test('the connection uses the checked addresses: a name is looked up once', async (t) => {
  const { port, url } = await origin(t, (request, response) => response.end(request.socket.localAddress));
  let lookups = 0;
  const rebinding: Resolve = async () => [lookups++ === 0 ? LOOPBACK : { address: '127.0.0.2', family: 4 }];
  const bytes = await fetcherFor(t, port, { resolve: rebinding }).fetch(url(), NEVER);
  t.equal(Buffer.from(bytes).toString(), '127.0.0.1');
  t.equal(lookups, 1);
});

t.test('a name that is private at its second look-up is refused after a redirect to itself', async (t) => {
  const { port, url, requests } = await origin(t, (_, response) =>
    response.writeHead(302, { location: '/2' }).end(),
  );
  let lookups = 0;
  const rebinding: Resolve = async () => [lookups++ === 0 ? LOOPBACK : { address: '127.0.0.2', family: 4 }];
  await t.rejects(fetcherFor(t, port, { resolve: rebinding }).fetch(url(), NEVER), REFUSED);
  t.equal(requests.length, 1);
});

t.test('after an unreachable address the next one is tried', async (t) => {
  const { port, url } = await hello(t);
  const fetcher = fetcherFor(t, port, {
    resolve: async () => [{ address: '127.0.0.9', family: 4 }, LOOPBACK],
    kindOf: () => 'public',
  });
  t.equal((await fetcher.fetch(url(), NEVER)).byteLength, 5);
});

t.test(
  'a name that does not exist and one with a private address are refused with one message',
  async (t) => {
    const { port, url } = await hello(t);
    const messages = new Set<string>();
    for (const resolve of [
      dnsError('ENOTFOUND'),
      async () => [],
      async () => [{ address: '10.0.0.1', family: 4 }],
    ]) {
      const fetching = fetcherFor(t, port, { resolve }).fetch(url(), NEVER);
      await t.rejects(fetching, REFUSED);
      await fetching.catch((error: Error) => messages.add(error.message));
    }
    t.equal(messages.size, 1);
  },
);

t.test('a failing resolver is a retryable error', async (t) => {
  const { port, url } = await hello(t);
  for (const code of ['EAI_AGAIN', 'ESERVFAIL', 'ETIMEOUT']) {
    await t.rejects(fetcherFor(t, port, { resolve: dnsError(code) }).fetch(url(), NEVER), FAILED, code);
  }
});

t.test('names are looked up as absolute ones, listed names as written', async (t) => {
  const { port } = await hello(t);
  const names: string[] = [];
  const resolve: Resolve = async (name) => {
    names.push(name);
    return [LOOPBACK];
  };
  const fetcher = fetcherFor(t, port, { resolve, allow: [`*.test:${port}`, `minio:${port}`] });
  await fetcher.fetch(`http://redis.test.:${port}/`, NEVER);
  await fetcher.fetch(`http://minio:${port}/`, NEVER);
  t.strictSame(names, ['redis.test.', 'minio']);
});

t.test('an address in a URL is fetched without a look-up', async (t) => {
  const { port } = await hello(t);
  const fetcher = fetcherFor(t, port, { resolve: dnsError('ENOTFOUND'), allow: [`127.0.0.1:${port}`] });
  t.equal((await fetcher.fetch(`http://127.0.0.1:${port}/`, NEVER)).byteLength, 5);
});

t.test(
  'with the real address check, the loopback is allowed by full name and not by a wildcard',
  async (t) => {
    const { port, url, requests } = await hello(t);
    const real = { kindOf: addressKind };
    await t.rejects(fetcherFor(t, port, real).fetch(url(), NEVER), REFUSED);
    t.equal(requests.length, 0);
    const named = fetcherFor(t, port, { ...real, allow: [`images.test:${port}`] });
    t.equal((await named.fetch(url(), NEVER)).byteLength, 5);
  },
);
