import t from 'tap';
import { KeySet } from '../../../src/guard/keys/key-set.ts';
import { KeysFileFault, parseKeys, textOfKeys } from '../../../src/guard/keys/keys-file.ts';
import { testKey } from '../../support/api-keys.ts';

const { key, row } = testKey(['predict'], { expires: '2026-06-01T00:00:00Z' });
const text = (change: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ version: 1, keys: [{ ...row, ...change }] });

t.test('what is written is read', async (t) => {
  t.strictSame(parseKeys(textOfKeys([row])), [row]);
  t.strictSame(parseKeys(`\uFEFF${textOfKeys([])}`), [], 'an editor may put a mark in front');
});

for (const [what, content] of [
  ['nothing', ''],
  ['null', 'null'],
  ['a list', '[]'],
  ['another version', '{"version": 2, "keys": []}'],
  ['a misspelt expiry', text({ expire: '2026-01-01T00:00:00Z' })],
  ['a misspelt limit', text({ limits: { rates: '5/s' } })],
  ['a scope that there is none', text({ scopes: ['all'] })],
  ['no scope', text({ scopes: [] })],
  ['no model', text({ models: [] })],
  ['a rate without a time', text({ limits: { rate: '5' } })],
  ['a day that no month has', text({ expires: '2026-02-31T00:00:00Z' })],
  ['an hour that no day has', text({ expires: '2026-02-01T25:00:00Z' })],
  ['a time without a zone', text({ expires: '2026-02-01T00:00:00' })],
  ['a digest in capitals', text({ sha256: row.sha256.toUpperCase().replace(/\d/g, 'A') })],
  ['the same id twice', JSON.stringify({ version: 1, keys: [row, row] })],
] as const) {
  t.test(`a file with ${what} is refused`, async (t) => {
    t.throws(() => parseKeys(content), KeysFileFault);
  });
}

t.test('a key ends at its time, to the millisecond', async (t) => {
  const keys = new KeySet([row]);
  const end = Date.parse('2026-06-01T00:00:00Z');
  t.match(keys.find(key, end - 1), { id: row.id });
  t.equal(keys.find(key, end), 'expired');
  t.equal(keys.active(end - 1), 1);
  t.equal(keys.active(end), 0);
});

t.test('what is no key is told from one that is not known', async (t) => {
  const keys = new KeySet([row]);
  for (const no of [
    '',
    'ortk_',
    key.slice(0, -1),
    `${key}0`,
    key.toUpperCase(),
    key.replace('ortk', 'ortq'),
    `${key.slice(0, -1)}g`,
  ]) {
    t.equal(keys.find(no, 0), 'malformed', no);
  }
  t.equal(keys.find(testKey().key, 0), 'unknown');
});
