import assert from 'node:assert/strict';
import { BlockList, isIPv4 } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import t from 'tap';
import { addressOf, clientName, isIn, networkOf, unmapped, textOfAddress } from '../../src/guard/address.ts';

t.test('reads every address as ipaddr.js does', async () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      // ipaddr.js takes ::8.8.8.8 for a mapped address; by RFC 4291 it is another one.
      if (/^::\d+\.\d+\.\d+\.\d+$/.test(text)) return;
      assert.deepEqual([...addressOf(text)!], ipaddr.process(text).toByteArray());
    }),
    { numRuns: 2000 },
  );
});

for (const text of [
  '',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.256',
  '0x7f.1',
  '::g',
  ':::',
  'fe80::1%eth0',
  ' ::1',
])
  t.test(`${JSON.stringify(text)} is no address`, async (t) => t.equal(addressOf(text), undefined));

t.test('an IPv4 address in an IPv6 one is the IPv4 address', async (t) => {
  t.equal(clientName(addressOf('::ffff:192.0.2.7')!), '192.0.2.7');
  t.equal(clientName(addressOf('::ffff:c000:207')!), '192.0.2.7');
  t.equal(
    clientName(unmapped(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 7))),
    '192.0.2.7',
  );
});

t.test(
  'an IPv6 client is its /64: all its addresses have one name, and no other client has it',
  async (t) => {
    const name = (text: string) => clientName(addressOf(text)!);
    t.equal(name('2001:db8:0:1:ffff::1'), '2001:db8:0:1::/64');
    t.equal(name('2001:db8:0:1::'), name('2001:db8:0:1:a:b:c:d'));
    t.not(name('2001:db8:0:2::'), name('2001:db8:0:1::'));
  },
);

t.test('a network has the addresses that node:net says', async () => {
  const networks = fc.oneof(
    fc.record({ ip: fc.ipV4(), family: fc.constant('ipv4' as const), bits: fc.nat({ max: 32 }) }),
    fc.record({ ip: fc.ipV6(), family: fc.constant('ipv6' as const), bits: fc.nat({ max: 128 }) }),
  );
  fc.assert(
    fc.property(
      networks,
      fc.oneof(fc.ipV4(), fc.ipV6()),
      fc.nat({ max: 127 }),
      ({ ip, family, bits }, other, flip) => {
        const base = addressOf(ip)!;
        if (family === 'ipv6' && base.length === 4) return;
        const masked = base.map(
          (byte, index) => byte & (0xff << (8 - Math.min(8, Math.max(0, bits - index * 8)))),
        );
        const kind = masked.length === 4 ? new ipaddr.IPv4([...masked]) : new ipaddr.IPv6([...masked]);
        const network = networkOf(`${kind.toString()}/${bits}`)!;
        const list = new BlockList();
        list.addSubnet(kind.toString(), bits, family);
        // Its base with one bit changed, and any address.
        const near = Uint8Array.from(masked);
        near[(flip >> 3) % near.length]! ^= 1 << (flip & 7);
        for (const address of [masked, near, addressOf(other)!]) {
          const [text, its] =
            address.length === 4
              ? [new ipaddr.IPv4([...address]).toString(), 'ipv4' as const]
              : [new ipaddr.IPv6([...address]).toString(), 'ipv6' as const];
          if (its === family)
            assert.equal(
              isIn(address, network),
              list.check(text, its),
              `${text} in ${kind.toString()}/${bits}`,
            );
          else assert.equal(isIn(address, network), false);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

for (const text of [
  '10.0.0.0/33',
  '10.0.0.1/8',
  '::/129',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  'a/8',
  '/8',
  '',
  '::1/64',
  '::ffff:10.0.0.0/80',
])
  t.test(`${JSON.stringify(text)} is no network`, async (t) => t.equal(networkOf(text), undefined));

t.test('one address is a network of its own, and a mapped network one of IPv4', async (t) => {
  t.same(networkOf('10.0.0.1')?.bits, 32);
  t.same(networkOf('::1')?.bits, 128);
  const mapped = networkOf('::ffff:10.0.0.0/104')!;
  t.ok(isIn(addressOf('10.255.0.1')!, mapped));
  t.notOk(isIn(addressOf('11.0.0.1')!, mapped));
});

t.test('writes addresses in the form of RFC 5952', (t) => {
  const of = (hex: string): string => textOfAddress(Buffer.from(hex, 'hex'));
  t.equal(of('c0000201'), '192.0.2.1');
  t.equal(of('20010db8000000000000000000000001'), '2001:db8::1');
  t.equal(of('00000000000000000000000000000001'), '::1');
  t.equal(of(''), '');
  t.end();
});

t.test('takes for an IPv4 address what node:net takes for one', async () => {
  const text = fc.string({
    unit: fc.constantFrom('.', '0', '1', '2', '25', '6', '255', '256', ' ', '-', '１'),
  });
  const nearly = fc.tuple(fc.ipV4(), text).map(([address, more]) => address + more);
  fc.assert(
    fc.property(fc.oneof(text, nearly, fc.ipV4()), (given) => {
      assert.equal(addressOf(given) !== undefined, isIPv4(given), given);
    }),
    { numRuns: 5000 },
  );
});
