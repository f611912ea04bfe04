import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { addressKind } from '../../src/outbound/address.ts';

const PUBLIC = ['8.8.8.8', '1.1.1.1', '172.15.255.255', '100.128.0.0', '2606:4700::1111', '2a00:1450::1'];
const PRIVATE = [
  ...['127.0.0.1', '127.255.255.255', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1'],
  ...['::1', 'fc00::1', 'fdff::1', '::ffff:10.0.0.1', '::ffff:7f00:1'],
];
const FORBIDDEN = [
  ...['0.0.0.0', '0.1.2.3', '169.254.169.254', '224.0.0.1', '255.255.255.255', '240.0.0.1', '198.18.0.1'],
  ...['192.0.0.192', '192.0.2.1', '198.51.100.1', '203.0.113.1', '192.88.99.1'],
  ...['::', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '100::1', '2001:db8::1', '3fff::1', '5f00::1'],
  ...['::ffff:169.254.169.254', '::ffff:0.0.0.0'],
];

for (const [kind, addresses] of Object.entries({ public: PUBLIC, private: PRIVATE, forbidden: FORBIDDEN })) {
  t.test(`each of ${addresses.length} known addresses is ${kind}`, async (t) => {
    for (const address of addresses) t.equal(addressKind(address), kind, address);
  });
}

t.test('the metadata services of clouds are forbidden, not merely private', async (t) => {
  for (const address of [
    '169.254.169.254',
    '168.63.129.16',
    '::ffff:168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    'fd00:ec2::254',
    'fd20:ce::254',
  ]) {
    t.equal(addressKind(address), 'forbidden', address);
  }
});

t.test('an address that embeds another one is forbidden, whichever it embeds', async (t) => {
  const carriers = {
    NAT64: ['64:ff9b::7f00:1', '64:ff9b::808:808', '64:ff9b:1::a00:1'],
    '6to4': ['2002:7f00:1::', '2002:808:808::1'],
    Teredo: ['2001:0:7f00:1::1'],
    compatible: ['::7f00:1', '::127.0.0.1', '::a00:1', '::808:808'],
    translated: ['::ffff:0:7f00:1'],
  };
  for (const [name, addresses] of Object.entries(carriers)) {
    for (const address of addresses) t.equal(addressKind(address), 'forbidden', `${name} ${address}`);
  }
});

t.test('text that is not a canonical address is forbidden', async (t) => {
  for (const text of [
    '',
    'localhost',
    '127.1',
    '2130706433',
    '0x7f000001',
    '8.8.8',
    '010.0.0.1',
    '[::1]',
    '8.8.8.8 ',
  ]) {
    t.equal(addressKind(text), 'forbidden', text);
  }
});

/** The special-purpose registries of IANA, written out a second time and matched by Node. */
const special = new BlockList();
for (const range of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...[
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.31.196.0/24',
    '192.52.193.0/24',
    '192.88.99.0/24',
    '192.168.0.0/16',
  ],
  ...[
    '192.175.48.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/3',
    '168.63.129.16/32',
  ],
  ...['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'],
]) {
  const [network = '', prefix] = range.split('/');
  special.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4');
}

const octets = fc
  .tuple(
    fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 100, 127, 168, 169, 172, 192, 198, 203)),
    fc.oneof(fc.nat(255), fc.constantFrom(0, 16, 18, 31, 51, 52, 63, 64, 88, 168, 175, 254)),
    fc.oneof(fc.nat(255), fc.constantFrom(0, 2, 48, 99, 100, 113, 129, 193, 196)),
    fc.nat(255),
  )
  .map((parts) => parts.join('.'));

t.test('an IPv4 address is public exactly when no special-purpose registry lists it', async () => {
  fc.assert(
    fc.property(octets, (address) => (addressKind(address) === 'public') === !special.check(address)),
    { numRuns: 5000 },
  );
});

t.test('an IPv4 address and the same one mapped into IPv6 are of one kind', async () => {
  fc.assert(fc.property(octets, (address) => addressKind(`::ffff:${address}`) === addressKind(address)));
});

const group = fc.oneof(
  fc.nat(0xffff),
  fc.constantFrom(0, 1, 0x2001, 0x2002, 0xdb8, 0x2620, 0x4f, 0x3fff, 0x64, 0xff9b),
);

t.test('an IPv6 address is public exactly when it is of 2000::/3 and in no registry', async () => {
  fc.assert(
    fc.property(fc.tuple(...Array.from({ length: 8 }, () => group)), (groups) => {
      const address = groups.map((part) => part.toString(16)).join(':');
      const expected = groups[0]! >> 13 === 1 && !special.check(address, 'ipv6');
      return (addressKind(address) === 'public') === expected;
    }),
    { numRuns: 5000 },
  );
});
