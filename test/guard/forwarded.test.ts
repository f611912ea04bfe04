import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { forwardedFor } from '../../src/guard/forwarded.ts';

for (const [text, expected] of [
  ['for=192.0.2.60;proto=http;by=203.0.113.43', ['192.0.2.60']],
  ['for=192.0.2.43, for=198.51.100.17', ['192.0.2.43', '198.51.100.17']],
  ['For="[2001:db8:cafe::17]:4711"', ['[2001:db8:cafe::17]:4711']],
  ['for=unknown, for="_hidden", for=_SEVKISEK', ['unknown', '_hidden', '_SEVKISEK']],
  ['proto=https, for=1.2.3.4', [undefined, '1.2.3.4']],
  ['for="a\\"b,c;d", for=e', ['a"b,c;d', 'e']],
  ['for=1.2.3.4:80', ['1.2.3.4:80']],
  ['for=1.2.3.4;for=5.6.7.8', [undefined]],
  ['for=1.2.3.4;x', [undefined]],
  ['', [undefined]],
  ['for=', [undefined]],
  ['for=a b', [undefined]],
] as const) {
  t.test(`reads ${JSON.stringify(text)}`, async (t) => t.strictSame(forwardedFor(text), expected));
}

t.test('what a proxy writes last is read, whatever a client has sent before it', async () => {
  const own = fc.constantFrom(
    ['for=192.0.2.1', '192.0.2.1'],
    ['for="[2001:db8::1]:80";proto=http', '[2001:db8::1]:80'],
  );
  const sent = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('"', '\\', ',', ';', '=', 'f', 'for=', ' ') }),
  );
  fc.assert(
    fc.property(sent, own, (client, [proxy, address]) => {
      assert.equal(forwardedFor(`${client}, ${proxy}`).at(-1), address);
      assert.equal(forwardedFor(`${client},${proxy}`).at(-1), address);
    }),
    { numRuns: 5000 },
  );
});
