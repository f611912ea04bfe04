import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { backupsOf } from '../../../src/artifacts/archive/backups.ts';
import { remove } from '../../../src/artifacts/archive/remove.ts';
import { restore } from '../../../src/artifacts/archive/restore.ts';
import { keysOf, placeOf, pulled, pushed, writeVersion } from '../models.ts';

t.test('a replaced version is restored by one call, which can be undone by another', async (t) => {
  const { from, to, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  const first = (await archive.read()).index.models['net'];
  writeVersion(from, 1, 2, { description: 'the second' });
  await pushed(archive, from);
  const second = (await archive.read()).index.models['net'];
  t.match(await restore(archive, 'net'), { versions: ['1'], removed: [] });
  t.same((await archive.read()).index.models['net'], first);
  t.match((await pulled(archive, to)).models, [{ added: ['1'] }]);
  await restore(archive, 'net');
  t.same((await archive.read()).index.models['net'], second);
});

t.test('a version that a push has added is gone again, and what answered before answers', async (t) => {
  const { from, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  writeVersion(from, 2, 2);
  await pushed(archive, from);
  t.match(await restore(archive, 'net'), { removed: ['2'] });
  const { net } = (await archive.read()).index.models;
  t.same([Object.keys(net!.versions), net?.default], [['1'], '1']);
  t.match(await restore(archive, 'net'), { versions: ['2'] });
  t.same(Object.keys((await archive.read()).index.models['net']!.versions), ['1', '2']);
});

t.test('a removed model comes back', async (t) => {
  const { from, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  writeVersion(from, 2, 2);
  await pushed(archive, from);
  const before = (await archive.read()).index.models;
  t.match(await remove(archive, 'net', '2'), { versions: ['2'] });
  t.match((await archive.read()).index.models, { net: { default: '1' } });
  await remove(archive, 'net');
  t.same((await archive.read()).index.models, {});
  const [last, first] = await backupsOf(archive, 'net');
  await restore(archive, 'net', last!.id);
  await restore(archive, 'net', first!.id);
  t.same((await archive.read()).index.models, before);
  await t.rejects(remove(archive, 'net', '7'), { fault: 'missing', message: /./ });
  await t.rejects(remove(archive, 'other'), { fault: 'missing', message: /it has net/ });
});

t.test('a backup that is not whole changes nothing', async (t) => {
  const { base, from, archive, store } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  writeVersion(from, 1, 2);
  const { backup } = await pushed(archive, from);
  const before = (await archive.read()).index;
  const [key] = (await keysOf(store, `backups/net/${backup}/sha256-`)).slice(-1);
  rmSync(join(base, 'store', key!));
  await t.rejects(restore(archive, 'net', backup), { fault: 'missing', message: /not whole/ });
  t.same((await archive.read()).index, before);
});

t.test('a backup that is not there is named, with those that are', async (t) => {
  const { from, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  await t.rejects(restore(archive, 'net'), /no backup of net/);
  writeVersion(from, 1, 2);
  const { backup } = await pushed(archive, from);
  await t.rejects(restore(archive, 'net', 'nonsense'), new RegExp(`newest are ${backup}`));
});

t.test('a version that model.json names does not go before another model.json comes', async (t) => {
  const { from, archive } = placeOf(t);
  writeVersion(from, 1, 1);
  writeVersion(from, 2, 2, { defaultVersion: 1 });
  await pushed(archive, from);
  await t.rejects(remove(archive, 'net', '1'), { fault: 'invalid', message: /defaultVersion/ });
  t.same(await backupsOf(archive), []);
  t.match(await remove(archive, 'net', '2'), { versions: ['2'] });
});
