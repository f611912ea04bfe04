import t from 'tap';
import { Lru } from '../../src/cache/lru.ts';

const unlimited = { bytes: Infinity, entries: Infinity };

t.test('what was used least recently leaves first, and only as much as has to', (t) => {
  let evicted = 0;
  const lru = new Lru<string>({ ...unlimited, bytes: 30 }, () => evicted++);
  for (const key of ['a', 'b', 'c']) t.ok(lru.set(1, key, key, 10));
  lru.get(1, 'a');
  t.ok(lru.set(1, 'd', 'd', 5));
  t.strictSame(
    ['a', 'b', 'c', 'd'].map((key) => lru.get(1, key)),
    ['a', undefined, 'c', 'd'],
  );
  t.strictSame([lru.bytes, lru.entries, evicted], [25, 3, 1]);
  t.end();
});

t.test('the limit itself is room', (t) => {
  const lru = new Lru<string>({ ...unlimited, bytes: 30 });
  t.ok(lru.set(1, 'a', 'a', 30));
  t.equal(lru.get(1, 'a'), 'a');
  t.end();
});

t.test('a value larger than the limit is not kept, nor the one that it was to replace', (t) => {
  const lru = new Lru<string>({ ...unlimited, bytes: 30 });
  lru.set(1, 'a', 'old', 10);
  lru.set(1, 'b', 'b', 10);
  t.notOk(lru.set(1, 'a', 'new', 31));
  t.equal(lru.get(1, 'a'), undefined);
  t.equal(lru.get(1, 'b'), 'b', 'and the others stay');
  t.equal(lru.bytes, 10);
  t.end();
});

t.test('a value in the place of another counts once', (t) => {
  const lru = new Lru<string>(unlimited);
  lru.set(1, 'a', 'old', 10);
  lru.set(1, 'a', 'new', 7);
  t.equal(lru.get(1, 'a'), 'new');
  t.strictSame([lru.bytes, lru.entries], [7, 1]);
  t.end();
});

t.test('the number of values is limited too', (t) => {
  const lru = new Lru<number>({ ...unlimited, entries: 2 });
  for (let key = 0; key < 5; key++) lru.set(key, 'a', key, 1);
  t.equal(lru.entries, 2);
  t.strictSame([lru.get(2, 'a'), lru.get(3, 'a'), lru.get(4, 'a')], [undefined, 3, 4]);
  t.end();
});

t.test('a group is dropped as a whole, and no other', (t) => {
  const lru = new Lru<string>({ ...unlimited, bytes: 40 });
  for (const key of ['a', 'b']) for (const group of [1, 2]) lru.set(group, key, `${group}${key}`, 10);
  lru.drop(1);
  t.strictSame([lru.get(1, 'a'), lru.get(1, 'b'), lru.get(2, 'a')], [undefined, undefined, '2a']);
  t.strictSame([lru.bytes, lru.entries], [20, 2]);
  for (const key of ['c', 'd', 'e']) lru.set(3, key, key, 10);
  t.equal(lru.get(2, 'b'), undefined, 'the order of the rest is as it was');
  t.equal(lru.get(2, 'a'), '2a');
  t.end();
});
