import fc from 'fast-check';
import t from 'tap';
import { addressKind } from '../../src/outbound/address.ts';
import { AllowedHost } from '../../src/outbound/allowed-host.ts';
import { targetOf, type Target } from '../../src/outbound/target.ts';

const REFUSED = { name: 'ServingError', code: 'URL_REFUSED' };
const target = (url: string, allow: readonly string[] = [], from?: Target): Target =>
  targetOf(url, { allow: allow.map((entry) => new AllowedHost(entry)), kindOf: addressKind }, from);

t.test(
  'a public http or https URL is a target, with its query and without its fragment in the path',
  async (t) => {
    const { url, hostname, named } = target('https://Images.Example.com/a/cat.jpg?size=2#top');
    t.equal(url.origin, 'https://images.example.com');
    t.equal(url.pathname + url.search, '/a/cat.jpg?size=2');
    t.equal(hostname, 'images.example.com');
    t.equal(named, false);
    t.equal(target('http://8.8.8.8/cat.jpg').hostname, '8.8.8.8');
    t.equal(target('http://[2606:4700::1111]:443/').hostname, '2606:4700::1111');
  },
);

t.test('schemes other than http and https are refused', async (t) => {
  for (const url of [
    'file:///etc/passwd',
    'ftp://a.test:80/',
    'data:image/png;base64,AA',
    'gopher://a.test:70/',
    'ws://a.test:443/',
  ]) {
    t.throws(() => target(url), REFUSED, url);
  }
});

t.test('a URL that is not absolute or has no host is refused', async (t) => {
  for (const url of [
    '',
    'cat.jpg',
    '//a.test/cat.jpg',
    'http://',
    'http://?x',
    'http://:80/',
    'http://./',
    'http://a..b/',
  ]) {
    t.throws(() => target(url), REFUSED, url);
  }
});

t.test('a user name or a password is refused', async (t) => {
  for (const url of [
    'http://me@a.test/',
    'http://me:secret@a.test/',
    'http://:secret@a.test/',
    'http://8.8.8.8@127.0.0.1/',
  ]) {
    t.throws(() => target(url), REFUSED, url);
  }
});

t.test('ports other than 80 and 443 are refused', async (t) => {
  for (const port of [22, 25, 6379, 8080, 65535, 0]) {
    t.throws(() => target(`http://a.test:${port}/`), REFUSED, String(port));
  }
  t.equal(target('http://a.test:443/').url.port, '443');
  t.equal(target('https://a.test:80/').url.port, '80');
});

t.test('a URL of 8192 characters is accepted, one more is refused, as a redirect too', async (t) => {
  const url = 'http://a.test/'.padEnd(8192, 'x');
  t.equal(target(url).url.href, url);
  t.throws(() => target(`${url}x`), REFUSED);
  t.throws(() => target(`/${'x'.repeat(8192)}`, [], target(url)), REFUSED);
});

/** Spellings of 127.0.0.1 and others that the URL standard parses as an address. */
const DISGUISES = [
  ...['127.0.0.1', '127.0.0.1.', '2130706433', '0x7f000001', '0x7F.1', '017700000001', '0177.0.0.1', '127.1'],
  ...['127.0.1', '0x7f.0x0.0x0.0x1', '%31%32%37.0.0.1', '①②⑦.⓪.⓪.①', '１２７．０．０．１', '127。0。0。1'],
  ...['0', '0.0.0.0', '0x0', '[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
  ...[
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::8.8.8.8]',
    '[2002:7f00:1::]',
    '[2001::1]',
    '[fe80::1]',
  ],
  ...[
    '[fec0::1]',
    '[fd00:ec2::254]',
    '169.254.169.254',
    '2852039166',
    '0251.0376.0251.0376',
    '168.63.129.16',
  ],
  ...['10.0.0.1', '192.168.0.1', '172.16.0.1', '100.64.0.1', '198.18.0.1', '255.255.255.255', '224.0.0.1'],
];

t.test('addresses that are not public are refused in every spelling', async (t) => {
  for (const host of DISGUISES) t.throws(() => target(`http://${host}/cat.jpg`), REFUSED, host);
});

t.test('an address with two trailing dots is refused, not treated as a name', async (t) => {
  t.throws(() => target('http://127.0.0.1../'), REFUSED);
});

t.test('every spelling of an IPv4 address gets the verdict of the address', async () => {
  const spelt = fc.record({
    value: fc.oneof(
      fc.nat(0xffffffff),
      fc.nat(0xffffff).map((low) => 0x7f000000 + low),
    ),
    parts: fc.integer({ min: 1, max: 4 }),
    radix: fc.constantFrom('decimal', 'hex', 'octal'),
    dot: fc.constantFrom('', '.'),
  });
  fc.assert(
    fc.property(spelt, ({ value, parts, radix, dot }) => {
      const dotted = [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
      const last = value % 256 ** (5 - parts);
      const host = [...dotted.slice(0, parts - 1), last].map((part) => write(part, radix)).join('.');
      const isPublic = addressKind(dotted.join('.')) === 'public';
      return isTarget(`http://${host}${dot}/`) === isPublic;
    }),
    { numRuns: 2000 },
  );
});

const write = (part: number, radix: string): string =>
  radix === 'hex' ? `0x${part.toString(16)}` : radix === 'octal' ? `0${part.toString(8)}` : String(part);

function isTarget(url: string): boolean {
  try {
    target(url);
    return true;
  } catch {
    return false;
  }
}

t.test('the trailing dot of a host is removed', async (t) => {
  const { url, hostname } = target('https://a.test./cat.jpg');
  t.equal(hostname, 'a.test');
  t.equal(url.href, 'https://a.test/cat.jpg');
  t.throws(() => target('http://a.test.evil.test./', ['a.test']), REFUSED);
});

t.test('with a list, hosts outside it are refused, public or not', async (t) => {
  const allow = ['images.test', '*.cdn.test', 'minio.test:9000'];
  for (const url of [
    'http://images.test/',
    'https://images.test./',
    'https://a.cdn.test/',
    'http://minio.test:9000/',
  ]) {
    t.ok(target(url, allow), url);
  }
  for (const url of [
    'http://other.test/',
    'https://cdn.test/',
    'http://minio.test/',
    'http://images.test:9000/',
    'http://8.8.8.8/',
  ]) {
    t.throws(() => target(url, allow), REFUSED, url);
  }
});

t.test('a host that is named in full is marked so, one that a wildcard matches is not', async (t) => {
  t.equal(target('http://a.test/', ['a.test']).named, true);
  t.equal(target('http://a.test/', ['*.test']).named, false);
  t.equal(target('http://a.test/', ['*.test', 'a.test']).named, true);
  t.equal(target('http://a.test:9000/', ['*.test:9000', 'a.test']).named, false);
});

t.test('a private address is a target when it is named, with its port', async (t) => {
  t.equal(target('http://127.1:9000/', ['127.0.0.1:9000']).url.host, '127.0.0.1:9000');
  t.equal(target('http://[fd12::7]/', ['fd12::7']).hostname, 'fd12::7');
  t.throws(() => target('http://127.0.0.1:9001/', ['127.0.0.1:9000']), REFUSED);
});

t.test('a metadata address is refused even when it is named', async (t) => {
  for (const host of ['169.254.169.254', '168.63.129.16', '100.100.100.200', '[fd00:ec2::254]']) {
    t.throws(() => target(`http://${host}/`, [host]), REFUSED, host);
  }
});

t.test('a redirect is resolved against its URL', async (t) => {
  const from = target('https://a.test/one/two.jpg?x=1');
  t.equal(target('three.jpg', [], from).url.href, 'https://a.test/one/three.jpg');
  t.equal(target('//b.test/', [], from).url.href, 'https://b.test/');
});

t.test('a redirect from https to http is refused, the other way is taken', async (t) => {
  t.throws(() => target('http://a.test/', [], target('https://a.test/')), REFUSED);
  t.equal(target('https://b.test/', [], target('http://a.test/')).url.protocol, 'https:');
});

t.test('a redirect is checked like a first URL', async (t) => {
  const from = target('http://a.test/');
  for (const url of [
    'http://169.254.169.254/',
    'file:///etc/passwd',
    '//127.1/',
    'http://me@a.test/',
    'http://a.test:22/',
  ]) {
    t.throws(() => target(url, [], from), REFUSED, url);
  }
});

t.test(
  'every refusal has the same message, its reason is in the cause, and neither shows path or query',
  async (t) => {
    const messages = new Set<string>();
    for (const url of [
      'http://10.0.0.1/key?s=key',
      'ftp://a.test/key',
      'http://a.test:22/key',
      'http://u:key@a.test/',
      'key',
    ]) {
      try {
        target(url);
        t.fail(url);
      } catch (error) {
        const { message, cause } = error as Error;
        messages.add(message);
        t.match(cause, { message: /^[^?]+$/ });
        t.notMatch(String(cause), /key/);
      }
    }
    t.equal(messages.size, 1);
  },
);
