import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { addressOf, clientName } from '../../src/guard/address.ts';
import { ClientAddress, type ProxyField } from '../../src/guard/client-address.ts';

const clientOf = (
  proxies: readonly string[],
  from: string,
  value?: string,
  field: ProxyField = 'x-forwarded-for',
): string => {
  const kept = value === undefined ? undefined : { [field]: value };
  const connection = { remoteAddress: addressOf(from)!, head: { kept } };
  return clientName(new ClientAddress(proxies, field).of(connection));
};
const NET = ['10.0.0.0/8', '2001:db8::/32'];

t.test('without trusted proxies no header is believed', async (t) => {
  t.equal(clientOf([], '203.0.113.9', '192.0.2.1'), '203.0.113.9');
  t.equal(new ClientAddress([], 'forwarded').looksBehind, false);
});

t.test('a header of a connection that is from no trusted proxy is not believed', async (t) => {
  t.equal(clientOf(NET, '203.0.113.9', '192.0.2.1'), '203.0.113.9');
  t.equal(clientOf(NET, '203.0.113.9', 'for=192.0.2.1', 'forwarded'), '203.0.113.9');
});

for (const [value, client] of [
  ['192.0.2.1', '192.0.2.1'],
  ['6.6.6.6, 192.0.2.1', '192.0.2.1'],
  ['6.6.6.6, 192.0.2.1, 10.1.2.3', '192.0.2.1'],
  ['6.6.6.6,192.0.2.1,10.1.2.3,10.9.9.9', '192.0.2.1'],
  ['10.1.2.3, 10.4.5.6', '10.1.2.3'],
  ['192.0.2.1:4711', '192.0.2.1'],
  ['[2a00:1::5]:4711', '2a00:1:0:0::/64'],
  ['[2a00:1::5]', '2a00:1:0:0::/64'],
  ['2a00:1::5', '2a00:1:0:0::/64'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['[::ffff:192.0.2.1]:80', '192.0.2.1'],
  ['192.0.2.1, 2001:db8::5', '192.0.2.1'],
  ['', '10.0.0.1'],
  ['unknown', '10.0.0.1'],
  ['192.0.2.1, ', '10.0.0.1'],
  ['192.0.2.1, garbage, 10.1.2.3', '10.1.2.3'],
  ['192.0.2.1, 192.0.2.999', '10.0.0.1'],
  ['192.0.2.1, [192.0.2.1]', '10.0.0.1'],
  ['192.0.2.1, fe80::1%eth0', '10.0.0.1'],
  ['192.0.2.1, 0300.0.2.1', '10.0.0.1'],
] as const) {
  t.test(`behind a trusted proxy ${JSON.stringify(value)} is ${client}`, async (t) => {
    t.equal(clientOf(NET, '10.0.0.1', value), client);
  });
}

for (const [value, client] of [
  ['for=6.6.6.6, for=192.0.2.1;proto=https', '192.0.2.1'],
  ['for="[2a00:1::5]:4711"', '2a00:1:0:0::/64'],
  ['for=192.0.2.1, for=10.1.2.3', '192.0.2.1'],
  ['for=192.0.2.1, for=_hidden', '10.0.0.1'],
  ['for=192.0.2.1, proto=https', '10.0.0.1'],
  ['for="6.6.6.6, for=192.0.2.1', '192.0.2.1'],
] as const) {
  t.test(`Forwarded: ${value} is ${client}`, async (t) => {
    t.equal(clientOf(NET, '10.0.0.1', value, 'forwarded'), client);
  });
}

t.test('behind a number of proxies it is the address that the first of them has seen', async (t) => {
  t.equal(clientOf(['1'], '203.0.113.9', '6.6.6.6, 192.0.2.1'), '192.0.2.1');
  t.equal(clientOf(['2'], '203.0.113.9', '6.6.6.6, 192.0.2.1, 198.51.100.1'), '192.0.2.1');
  t.equal(clientOf(['1'], '203.0.113.9', 'for=6.6.6.6, for="[2a00:1::5]"', 'forwarded'), '2a00:1:0:0::/64');
});

t.test('a request that has passed fewer proxies than there are is that of the connection', async (t) => {
  t.equal(clientOf(['2'], '203.0.113.9', '192.0.2.1'), '203.0.113.9');
  t.equal(clientOf(['1'], '203.0.113.9'), '203.0.113.9');
  t.equal(clientOf(['1'], '203.0.113.9', '6.6.6.6, unknown'), '203.0.113.9');
});

t.test('a client cannot choose its name, whatever it sends through a proxy', async () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({
      unit: fc.constantFrom('"', ',', ';', '=', 'for', '[', ']', ':', '.', '1', '::', '10.0.0.1', '\\'),
    }),
  );
  fc.assert(
    fc.property(text, (sent) => {
      assert.equal(clientOf(NET, '10.0.0.1', `${sent}, 192.0.2.1`), '192.0.2.1');
      assert.equal(clientOf(['1'], '10.0.0.1', `${sent}, 192.0.2.1`), '192.0.2.1');
      assert.equal(clientOf(NET, '10.0.0.1', `${sent}, for=192.0.2.1`, 'forwarded'), '192.0.2.1');
      assert.equal(clientOf(['1'], '10.0.0.1', `${sent}, for=192.0.2.1`, 'forwarded'), '192.0.2.1');
    }),
    { numRuns: 2000 },
  );
});

for (const entry of ['10.0.0.0/33', '1.2.3', '10.1.0.0/8', 'f'])
  t.test(`${entry} is refused at the start`, async (t) => {
    t.throws(() => new ClientAddress([entry], 'forwarded'), {
      message: `${entry} is no address and no network`,
    });
  });

t.test('a number stands alone', async (t) => {
  t.throws(() => new ClientAddress(['1', '10.0.0.0/8'], 'forwarded'), RangeError);
  t.throws(() => new ClientAddress(['10.0.0.0/8', '1'], 'forwarded'), RangeError);
});
