import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { binariesIn, compared } from '../../../tools/provenance/binaries.ts';
import { objectionsTo, productionPackages, type LockedPackage } from '../../../tools/provenance/packages.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));

const GOOD: LockedPackage = { version: '1.2.3', license: 'MIT', integrity: 'sha512-AAAA' };
const objectionsOf = (row: LockedPackage, decided = {}): readonly string[] =>
  productionPackages({ '': {}, 'node_modules/a': row }, decided).flatMap((one) => objectionsTo(one));

t.test('nothing speaks against a package that the server runs with', (t) => {
  const { packages } = read('package-lock.json') as { packages: Record<string, LockedPackage> };
  const { allowScripts } = read('package.json') as { allowScripts: Record<string, boolean> };
  const all = productionPackages(packages, allowScripts);
  t.ok(all.length > 50);
  t.strictSame(
    all.flatMap((one) => objectionsTo(one)),
    [],
  );
  t.match(
    all.find(({ name }) => name === 'uWebSockets.js'),
    { alias: '@btc-vision/uwebsockets.js', license: 'Apache-2.0' },
  );
  t.strictSame(
    all.filter(({ installScript }) => installScript === 'allowed'),
    [],
    'none of them runs a script when it is installed',
  );
  t.end();
});

t.test(
  'objects to unknown licences, archives without a digest, ranges, and scripts nobody decided on',
  (t) => {
    t.strictSame(objectionsOf(GOOD), []);
    t.strictSame(objectionsOf({ ...GOOD, license: '(GPL-3.0 OR MIT)' }), []);
    t.match(objectionsOf({ ...GOOD, license: 'MIT AND GPL-3.0' }), ['a: its licence is MIT AND GPL-3.0.']);
    t.match(objectionsOf({ ...GOOD, license: '' }), ['a: its licence is not named.']);
    t.match(objectionsOf({ ...GOOD, integrity: 'sha1-AAAA' }), [/no SHA-512/]);
    t.match(objectionsOf({ ...GOOD, version: 'github:a/b' }), [/its version is/]);
    t.match(objectionsOf({ ...GOOD, hasInstallScript: true }), [/install script/]);
    t.strictSame(objectionsOf({ ...GOOD, hasInstallScript: true }, { a: false }), []);
    t.strictSame(productionPackages({ 'node_modules/a': { ...GOOD, dev: true } }, {}), []);
    t.end();
  },
);

t.test('compares binaries by digest', (t) => {
  const ours = t.testdir({
    ours: { 'a.node': 'a', 'b.node': 'b', 'c.node': 'c' },
    theirs: { dist: { 'a.node': 'a', 'b.node': 'x' } },
  });
  t.strictSame(compared(binariesIn(join(ours, 'ours')), binariesIn(join(ours, 'theirs'))), [
    { file: 'a.node', result: 'same' },
    { file: 'b.node', result: 'differs' },
    { file: 'c.node', result: 'not published' },
  ]);
  t.end();
});
