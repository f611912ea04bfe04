import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { FileStore } from '../../../src/artifacts/store/file.ts';
import { textContent } from '../../../src/artifacts/store/content.ts';
import { readText } from '../../../src/artifacts/store/read-text.ts';
import type { Got, ObjectStore } from '../../../src/artifacts/store/store.ts';

const textAt = async (store: ObjectStore, key: string, from = 0): Promise<string> =>
  readText((await store.get(key, { from })) as Got, 1000, key);

t.test('what was put is got, whole or from a byte on', async (t) => {
  const store = new FileStore(t.testdir());
  const tag = await store.put('a/b.json', textContent('0123456789'));
  t.equal(await textAt(store, 'a/b.json'), '0123456789');
  t.equal(await textAt(store, 'a/b.json', 7), '789');
  t.same(await store.head('a/b.json'), { bytes: 10, tag });
  t.equal(await store.get('a/b.json', { unless: tag }), 'unchanged');
  t.equal(await store.get('a/none'), undefined);
  t.equal(await store.head('a/none'), undefined);
});

t.test('a first writer wins where nothing may be there', async (t) => {
  const store = new FileStore(t.testdir());
  await store.put('i', textContent('one'), 'nothing');
  await t.rejects(store.put('i', textContent('two'), 'nothing'), { fault: 'changed', message: /./ });
  t.equal(await textAt(store, 'i'), 'one');
});

t.test('of writers that replace the same content exactly one wins', async (t) => {
  const root = t.testdir();
  const stores = Array.from({ length: 8 }, () => new FileStore(root));
  let tag = await stores[0]!.put('i', textContent('0'), 'nothing');
  for (let round = 1; round <= 5; round++) {
    const written = await Promise.allSettled(
      stores.map((store, at) => store.put('i', textContent(`${round} ${at}`), { tag })),
    );
    const won = written.filter(({ status }) => status === 'fulfilled');
    t.equal(won.length, 1);
    tag = (won[0] as PromiseFulfilledResult<string>).value;
    t.equal((await stores[0]!.head('i'))?.tag, tag);
  }
});

t.test('a writer that comes long after the others is told so', async (t) => {
  const root = t.testdir();
  const store = new FileStore(root);
  const first = await store.put('i', textContent('0'), 'nothing');
  let tag = first;
  for (let number = 1; number <= 20; number++) tag = await store.put('i', textContent(`${number}`), { tag });
  t.same(readdirSync(root).length, 8);
  await t.rejects(store.put('i', textContent('late'), { tag: first }), { fault: 'changed', message: /./ });
  await t.rejects(store.put('i', textContent('late'), 'nothing'), { fault: 'changed', message: /./ });
  t.equal(await textAt(store, 'i'), '20');
  await store.put('i', textContent('whatever is there'));
  t.equal(await textAt(store, 'i'), 'whatever is there');
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  t.same(keys, ['i']);
});

t.test('the list is in order, below a prefix, and without what is not finished', async (t) => {
  const root = t.testdir({ '.ortolan-123': 'half', b: { '2': 'x', '10': 'y' }, a: 'z' });
  const keys: string[] = [];
  for await (const { key } of new FileStore(root).list('b/')) keys.push(key);
  t.same(keys, ['b/10', 'b/2']);
});

t.test('a copy is another file, and a deletion takes empty folders with it', async (t) => {
  const root = t.testdir();
  const store = new FileStore(root);
  await store.put('x/y/a', textContent('one'));
  await store.copy('x/y/a', 'z/b');
  await store.delete('x/y/a');
  await store.delete('x/y/a');
  t.equal(existsSync(join(root, 'x')), false);
  t.equal(await textAt(store, 'z/b'), 'one');
  await t.rejects(store.copy('x/y/a', 'z/c'), { fault: 'missing', message: /./ });
});

t.test('a file that changes while it is sent leaves nothing', async (t) => {
  const store = new FileStore(t.testdir());
  await t.rejects(store.put('a', { ...textContent('one'), sha256: 'f'.repeat(64) }), {
    fault: 'local',
    message: /./,
  });
  t.equal(await store.head('a'), undefined);
});

t.test('a store that was never written is empty', async (t) => {
  const keys: string[] = [];
  for await (const { key } of new FileStore(join(t.testdir(), 'none')).list('')) keys.push(key);
  t.same(keys, []);
});
