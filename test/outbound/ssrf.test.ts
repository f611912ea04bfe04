/**
 * The list of ways to make a server fetch what it should not, each in one row, through the whole fetcher: what the client is
 * told, and that nothing forbidden was asked for anything. The parts have tests of their own beside this one.
 */
import { isIP } from 'node:net';
import { gzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { addressKind } from '../../src/outbound/address.ts';
import { payloadOf } from '../../src/task/images.ts';
import { vast } from '../e2e/fixtures/images.ts';
import { fetcherFor, HandClock, LOOPBACK, NEVER, origin, type Origin } from './fixtures/origin.ts';

type Options = Parameters<typeof fetcherFor>[2];

const names = (...addresses: readonly string[]): Options => ({
  resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
});

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  'decimal, octal, hexadecimal, short': [
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '0x7f000001',
    '0x7f.1',
    '127.1',
  ],
  'digits of other scripts, other dots': [
    '①②⑦.⓪.⓪.①',
    '１２７．０．０．１',
    '127。0。0。1',
    '%31%32%37.0.0.1',
  ],
  'all zeros': ['0', '0.0.0.0', '[::]'],
  loopback: ['127.0.0.1', '127.255.255.254', '[::1]', '127.0.0.1.'],
  'mapped, compatible, NAT64, 6to4, Teredo': [
    ...['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::127.0.0.1]', '[64:ff9b:1::1]'],
    ...['[2002:7f00:1::]', '[2001::1]'],
  ],
  'private and shared': [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '[fc00::1]',
    '[fd12::1]',
  ],
  'link-local and site-local': ['169.254.1.1', '[fe80::1]', '[fec0::1]'],
  'metadata of clouds': [
    '169.254.169.254',
    '168.63.129.16',
    '100.100.100.200',
    '[fd00:ec2::254]',
    '0251.0376.0251.0376',
  ],
  'test, benchmark, documentation, future': [
    ...['192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '240.0.0.1'],
    ...['255.255.255.255', '[2001:db8::1]', '[3fff::1]', '[5f00::1]', '[100::1]'],
  ],
  multicast: ['224.0.0.1', '239.255.255.255', '[ff02::1]'],
};

for (const [kind, hosts] of Object.entries(LITERALS)) {
  t.test(`an address in the URL, ${kind}: refused`, async (t) => {
    const real = { allow: [], kindOf: addressKind };
    for (const host of hosts) {
      const literal = fetcherFor(t, 80, real);
      await t.rejects(literal.fetch(`http://${host}/cat.jpg`, NEVER), { code: 'URL_REFUSED' }, host);
      const address = host.replaceAll(/[[\]]/g, '');
      if (isIP(address) === 0) continue;
      for (const addresses of [[address], ['8.8.8.8', address], [address, '8.8.8.8']]) {
        const named = fetcherFor(t, 80, { ...real, ...names(...addresses) });
        const told = `a name with ${addresses.join()}`;
        await t.rejects(named.fetch('http://a.example/', NEVER), { code: 'URL_REFUSED' }, told);
      }
    }
  });
}

/** What the first server answers with, and the next request must not be for. */
const REDIRECTS: Readonly<Record<string, string>> = {
  'to metadata': 'http://169.254.169.254/latest/meta-data/',
  'to a file': 'file:///etc/passwd',
  'to another scheme': 'gopher://images.test:70/_x',
  'to this machine': 'http://127.0.0.1:PORT/2',
  'to this machine by number': 'http://2130706433:PORT/2',
  'to a name and password': 'http://me:secret@images.test:PORT/2',
  'to another port': 'http://images.test:22/',
};

for (const [name, location] of Object.entries(REDIRECTS)) {
  t.test(`a redirect ${name}: refused`, async (t) => {
    const first = await origin(t, (_, response) => {
      response.writeHead(302, { location: location.replace('PORT', String(first.port)) }).end();
    });
    await t.rejects(fetcherFor(t, first.port).fetch(first.url(), NEVER), { code: 'URL_REFUSED' });
    t.equal(first.requests.length, 1);
  });
}

t.test(
  'a name that changes its address between the check and the connection: the checked one is used',
  async (t) => {
    const { port, url, requests } = await origin(t, (_, response) => response.end('x'));
    let asked = 0;
    const resolve = async () => [asked++ === 0 ? LOOPBACK : { address: '169.254.169.254', family: 4 }];
    const fetcher = fetcherFor(t, port, { resolve });
    t.equal((await fetcher.fetch(url(), NEVER)).length, 1);
    await t.rejects(fetcher.fetch(url(), NEVER), { code: 'URL_REFUSED' }, 'at its next look-up');
    t.strictSame([asked, requests.length], [2, 1]);
  },
);

interface Answer {
  readonly answer: (t: Test, clock: HandClock) => Promise<Origin>;
  readonly code: string;
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  'a body without end': {
    answer: (t) =>
      origin(t, (_, response) => {
        const pour = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(300)));
        };
        response.on('drain', pour);
        pour();
      }),
    code: 'URL_REFUSED',
  },
  'a body that drips': {
    answer: (t, clock) =>
      origin(t, (_, response) => {
        response.write('x');
        const drip = setInterval(() => {
          response.write('x');
          clock.advance(1000);
        }, 5);
        t.teardown(() => clearInterval(drip));
      }),
    code: 'URL_TIMEOUT',
  },
  'a bomb in gzip': {
    answer: (t) =>
      origin(t, (_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1_000_000)));
      }),
    code: 'URL_REFUSED',
  },
  'a length beyond the limit': {
    answer: (t) =>
      origin(t, (_, response) => response.writeHead(200, { 'content-length': 1e9 }).flushHeaders()),
    code: 'URL_REFUSED',
  },
  'fewer bytes than its length': {
    answer: (t) =>
      origin(t, (_, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('x');
        setImmediate(() => response.destroy());
      }),
    code: 'URL_FAILED',
  },
};

for (const [name, { answer, code }] of Object.entries(ANSWERS)) {
  t.test(`${name}: ${code}`, async (t) => {
    const clock = new HandClock();
    const { port, url } = await answer(t, clock);
    await t.rejects(fetcherFor(t, port, { clock }).fetch(url(), NEVER), { code });
  });
}

t.test('a PNG that claims 10,000 x 10,000 pixels: refused by its header', async (t) => {
  const { port, url } = await origin(t, (_, response) => response.end(vast(10_000)));
  const bytes = await fetcherFor(t, port, { maxBytes: 100_000 }).fetch(url(), NEVER);
  t.match(payloadOf(bytes, 1, 50_000_000), { code: 'IMAGE_TOO_LARGE' });
});
