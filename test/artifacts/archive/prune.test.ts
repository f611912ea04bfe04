import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { prune } from '../../../src/artifacts/archive/prune.ts';
import { filesOf } from '../../../src/artifacts/archive/backups.ts';
import { textContent } from '../../../src/artifacts/store/content.ts';
import { keysOf, placeOf, pulled, pushed, writeVersion, type Place } from '../models.ts';

const DAY_MS = 86_400_000;
const KEEP_MS = 30 * DAY_MS;

/** As if every object had been written so many days before. */
async function aged({ base, store }: Place, days: number, prefix = ''): Promise<void> {
  const at = new Date(Date.now() - days * DAY_MS);
  const keys = (await keysOf(store, prefix)).filter((key) => key !== 'index.json');
  for (const key of keys) utimesSync(join(base, 'store', key), at, at);
}

t.test(
  'backups go after their time, and files that no version consists of; what the index names never',
  async (t) => {
    const place = placeOf(t);
    const { from, to, archive, store } = place;
    writeVersion(from, 1, 1);
    await pushed(archive, from);
    writeVersion(from, 1, 2);
    await pushed(archive, from);
    await aged(place, 31);
    writeVersion(from, 1, 3);
    const { backup } = await pushed(archive, from);
    const would = await prune(archive, KEEP_MS, true);
    t.match(would, { files: 2 });
    t.equal(would.backups.length, 1);
    t.same(await prune(archive, KEEP_MS), would);
    const { index } = await archive.read();
    t.same(
      await keysOf(store, 'blobs/'),
      filesOf(index.models['net']!)
        .map(({ sha256 }) => `blobs/net/sha256-${sha256}`)
        .sort(),
    );
    t.ok((await keysOf(store, 'backups/')).every((key) => key.startsWith(`backups/net/${backup}/`)));
    t.same(index.deleting, { since: '', keys: [] });
    t.match((await pulled(archive, to)).models, [{ added: ['1'] }]);
    t.same(await prune(archive, KEEP_MS), { backups: [], files: 0, bytes: 0 });
  },
);

t.test('files of a push that goes on are left, and so is a backup that is being written', async (t) => {
  const { archive, store } = placeOf(t);
  await store.put('blobs/net/sha256-new', textContent('new'));
  await store.put('backups/net/id/sha256-new', textContent('new'));
  t.same(await prune(archive, KEEP_MS), { backups: [], files: 0, bytes: 0 });
  t.equal((await keysOf(store)).length, 2);
});

t.test('nothing can begin to name what is being deleted', async (t) => {
  const place = placeOf(t);
  const { from, archive } = place;
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  const { index } = await archive.read();
  const keys = filesOf(index.models['net']!).map(({ sha256 }) => `blobs/net/sha256-${sha256}`);
  await archive.update(async () => ({ models: {}, deleting: { since: new Date().toISOString(), keys } }));
  await t.rejects(pushed(archive, from), { fault: 'changed', message: /being deleted/ });
  await t.rejects(prune(archive, KEEP_MS), { fault: 'changed', message: /Another prune/ });
});

t.test('a prune that was cut off is finished by one an hour later', async (t) => {
  const place = placeOf(t, () => new Date());
  const { from, archive, store } = place;
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  const since = new Date(Date.now() - 2 * 3_600_000).toISOString();
  const keys = await keysOf(store, 'blobs/');
  await archive.update(async () => ({ models: {}, deleting: { since, keys } }));
  t.match(await prune(archive, KEEP_MS), { files: 2 });
  t.same(await keysOf(store, 'blobs/'), []);
  await pushed(archive, from);
  t.equal((await keysOf(store, 'blobs/')).length, 2);
});

t.test('a push that a whole prune came between sends again what that has deleted', async (t) => {
  const { from, to, archive, store } = placeOf(t);
  writeVersion(from, 1, 1);
  const update = archive.update.bind(archive);
  archive.update = (change) =>
    update(async (index) => {
      const next = await change(index);
      if (next?.models['net'] === undefined || (await archive.read()).index.models['other']) return next;
      // All of a prune, and the push of another model, after the files were sent and before the index is written.
      for (const key of await keysOf(store, 'blobs/')) await store.delete(key);
      await update(async ({ models, deleting }) => ({
        models: { ...models, other: next.models['net']! },
        deleting,
      }));
      return next;
    });
  await pushed(archive, from);
  t.match((await pulled(archive, to)).models, [{ added: ['1'] }]);
});

t.test('a push while a prune claims what it would name ends with everything there', async (t) => {
  const place = placeOf(t);
  const { from, to, archive } = place;
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  writeVersion(from, 1, 2);
  await pushed(archive, from);
  await aged(place, 2, 'blobs/');
  writeVersion(from, 1, 1);
  await Promise.allSettled([prune(archive, DAY_MS), pushed(archive, from)]);
  const after = await pulled(archive, to);
  t.same(after.failures, []);
  t.match(after.models, [{ added: ['1'] }]);
});
