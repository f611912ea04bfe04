import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { keyOf } from '../../../src/quality/log/key.ts';
import { KeyFile, KeyTable } from '../../../src/quality/log/key-table.ts';

const SIZE = 4321;

function filled(lines: number): KeyTable {
  const table = new KeyTable();
  for (let i = 0; i < lines; i++) table.add(keyOf(`r-${i}`, 'salt'), 100 * i);
  return table;
}

t.test('finds every line, in memory and in a file, and none that was not added', async (t) => {
  const lines = 5000;
  const table = filled(lines);
  t.equal(table.count, lines);
  const path = join(t.testdir(), 'table.idx');
  await writeFile(path, table.encode(SIZE));
  const file = (await KeyFile.read(() => open(path), SIZE))!;
  for (let i = 0; i < lines; i += 7) {
    const key = keyOf(`r-${i}`, 'salt');
    t.strictSame(table.find(key), [100 * i]);
    t.strictSame(await file.find(key), [100 * i]);
  }
  t.strictSame(table.find(keyOf('another', 'salt')), []);
  t.strictSame(await file.find(keyOf('another', 'salt')), []);
});

t.test('keeps the newest lines of an id that is used again and again, in order', async (t) => {
  const table = filled(100);
  const key = keyOf('again', 'salt');
  for (let i = 0; i < 10_000; i++) table.add(key, i);
  t.strictSame(
    table.find(key),
    Array.from({ length: 16 }, (_, i) => 9984 + i),
  );
  t.ok(table.bytes < 10_000, `${table.bytes} bytes: the others took no room`);
  t.strictSame(table.find(keyOf('r-3', 'salt')), [300]);
});

t.test('where two files are salted in different ways, an id has different keys', async (t) => {
  t.not(keyOf('one', 'a'), keyOf('one', 'b'));
  t.ok(Number.isSafeInteger(keyOf('one', 'a')));
});

t.test('a file that is no whole table of its lines is not used', async (t) => {
  const path = join(t.testdir(), 'table.idx');
  const whole = filled(300).encode(SIZE);
  const read = async (bytes: Uint8Array, size = SIZE): Promise<unknown> => {
    await writeFile(path, bytes);
    return KeyFile.read(() => open(path), size);
  };
  t.ok(await read(whole));
  t.equal(await read(whole, SIZE + 1), undefined, 'of a file that has grown since');
  t.equal(await read(whole.subarray(0, -16)), undefined, 'cut');
  t.equal(await read(new Uint8Array()), undefined, 'empty');
  t.equal(await read(new Uint8Array(whole.length)), undefined, 'zeros');
});
