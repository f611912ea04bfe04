/** What every store of objects does, whoever made it; and the life of a model in it. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { restore } from '../../src/artifacts/archive/restore.ts';
import { prune } from '../../src/artifacts/archive/prune.ts';
import type { Archive } from '../../src/artifacts/archive/archive.ts';
import { fileContent, textContent } from '../../src/artifacts/store/content.ts';
import { readText } from '../../src/artifacts/store/read-text.ts';
import type { Got, ObjectStore } from '../../src/artifacts/store/store.ts';
import { keysOf, pulled, pushed, writeVersion } from '../artifacts/models.ts';

const textAt = async (store: ObjectStore, key: string, from = 0): Promise<string> =>
  readText((await store.get(key, { from })) as Got, 10_000, key);

/** `conditions`: whether the store holds writes to them. */
export async function keepsObjects(t: Test, store: ObjectStore, conditions: boolean): Promise<void> {
  await t.test('an object is written, read whole or in part, listed, copied and deleted', async (t) => {
    const key = `a b/ü+'(1)&%.json`;
    const tag = await store.put(key, textContent('0123456789'));
    t.not(tag, '');
    t.equal(await textAt(store, key), '0123456789');
    t.equal(await textAt(store, key, 7), '789');
    t.equal(((await store.get(key, { from: 3 })) as Got).bytes, 10);
    t.same(await store.head(key), { bytes: 10, tag });
    t.equal(await store.get(key, { unless: tag }), 'unchanged');
    t.equal(await store.get('none'), undefined);
    t.equal(await store.head('none'), undefined);
    await store.copy(key, 'copy/of it', 10);
    t.same(await keysOf(store), [key, 'copy/of it']);
    t.equal(await textAt(store, 'copy/of it'), '0123456789');
    for await (const { bytes, writtenAt } of store.list('copy/')) {
      t.equal(bytes, 10);
      t.ok(Math.abs(writtenAt - Date.now()) < 3_600_000, 'by the clock of the store');
    }
    await t.rejects(store.copy('none', 'x', 1), { fault: 'missing', message: /./ });
    for (const one of [key, 'copy/of it', 'none']) await store.delete(one);
    t.same(await keysOf(store), []);
  });

  await t.test(
    'of writers at the same time one wins',
    { skip: !conditions && 'it passes over conditions' },
    async (t) => {
      await store.put('i', textContent('0'), 'nothing');
      await t.rejects(store.put('i', textContent('1'), 'nothing'), { fault: 'changed', message: /./ });
      const { tag } = (await store.head('i'))!;
      const all = await Promise.allSettled(
        [1, 2, 3, 4].map((n) => store.put('i', textContent(`n${n}`), { tag })),
      );
      t.equal(all.filter(({ status }) => status === 'fulfilled').length, 1);
      await store.delete('i');
    },
  );

  await t.test('a listing of more than a thousand is whole', async (t) => {
    const keys = Array.from({ length: 1005 }, (_, at) => `many/${String(at).padStart(4, '0')}`);
    for (let at = 0; at < keys.length; at += 50)
      await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, textContent('x'))));
    t.same(await keysOf(store, 'many/'), keys);
    for (const key of keys) await store.delete(key);
  });

  await t.test('a large file arrives as it is', async (t) => {
    const file = join(t.testdir(), 'large');
    const bytes = Buffer.alloc(70 * 1024 * 1024);
    for (let at = 0; at < bytes.length; at += 4096) bytes.writeUInt32LE(at, at);
    writeFileSync(file, bytes);
    const digest = createHash('sha256').update(bytes).digest('hex');
    await store.put('large', fileContent(file, bytes.length, digest));
    const hash = createHash('sha256');
    for await (const piece of ((await store.get('large')) as Got).pieces) hash.update(piece);
    t.equal(hash.digest('hex'), digest);
    await store.delete('large');
  });
}

/** A model is pushed, replaced, pulled, restored and pruned. */
export async function keepsModels(t: Test, archive: Archive): Promise<void> {
  await t.test('a model lives in it', async (t) => {
    const base = t.testdir({ from: {}, to: {} });
    const [from, to] = [join(base, 'from'), join(base, 'to')];
    writeVersion(from, 1, 1);
    t.match(await pushed(archive, from), { added: ['1'], sentFiles: 2 });
    const first = readFileSync(join(from, 'net/1/model.onnx'));
    t.match(await pulled(archive, to), { failures: [], models: [{ added: ['1'] }] });
    writeVersion(from, 1, 2);
    t.match(await pushed(archive, from), { replaced: ['1'], backup: /./ });
    t.match(await pulled(archive, to), { failures: [], models: [{ replaced: ['1'] }] });
    t.match(await restore(archive, 'net'), { versions: ['1'] });
    t.match(await pulled(archive, to), { failures: [], models: [{ replaced: ['1'] }] });
    t.same(readFileSync(join(to, 'net/1/model.onnx')), first);
    t.same(await prune(archive, 30 * 86_400_000), { backups: [], files: 0, bytes: 0 });
    const young = await prune(archive, 0);
    t.equal(young.backups.length, 2);
    t.equal(young.files, 1);
    t.match(await pulled(archive, join(base, 'other')), { failures: [], models: [{ added: ['1'] }] });
  });
}
