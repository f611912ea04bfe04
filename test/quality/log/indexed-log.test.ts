import { appendFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DAY_MS, found, HOUR_MS, line, world } from '../fixtures/log.ts';

const idOf = (head: string): unknown => (JSON.parse(head) as { request_id: unknown }).request_id;

t.test('a line is found at once, while it waits, and when it is written', async (t) => {
  const { open, written, lines } = world(t);
  const log = open();
  t.ok(log.add('a', line('a')));
  t.strictSame((await found(log, 'a')).map(idOf), ['a']);
  t.strictSame(lines(), []);
  await written();
  t.strictSame(lines(), ['{"request_id":"a"}']);
  t.strictSame((await found(log, 'a')).map(idOf), ['a']);
  t.strictSame(await found(log, 'b'), []);
  await log.close(1000);
});

t.test('of an id that was used twice the newest comes first', async (t) => {
  const { open, written } = world(t);
  const log = open();
  log.add('a', line('a', ',"n":1'));
  await written();
  log.add('a', line('a', ',"n":2'));
  await written();
  log.add('a', line('a', ',"n":3'));
  const numbers = (await found(log, 'a')).map((head) => (JSON.parse(head) as { n: number }).n);
  t.strictSame(numbers, [3, 2, 1]);
  await log.close(1000);
});

t.test('a restart finds what was written, with a table beside the file and without one', async (t) => {
  const first = world(t);
  const log = first.open();
  log.add('a', line('a'));
  await first.written();
  const killed = first.open();
  killed.add('b', line('b'));
  await first.written();
  await log.close(1000);
  t.equal(first.files('.idx').length, 1, 'the one that was killed has left none');
  const again = world(t, {}, first.path).open();
  for (const id of ['a', 'b']) t.strictSame((await found(again, id)).map(idOf), [id]);
});

t.test('a line that was cut off is left out, and those before it are found', async (t) => {
  const first = world(t);
  const log = first.open();
  for (const id of ['a', 'b']) log.add(id, line(id));
  await first.written();
  const file = join(first.path, first.files()[0]!);
  truncateSync(file, statSync(file).size - 5);
  const again = world(t, {}, first.path).open();
  t.strictSame((await found(again, 'a')).map(idOf), ['a']);
  t.strictSame(await found(again, 'b'), []);
});

t.test('what another process writes meanwhile is found', async (t) => {
  const { open, written, clock } = world(t);
  const [here, there] = [open(), open()];
  t.strictSame(await found(here, 'a'), []);
  there.add('a', line('a'));
  await written();
  clock.advance(1000);
  t.strictSame((await found(here, 'a')).map(idOf), ['a'], 'in a file that is new');
  there.add('b', line('b'));
  await written();
  t.strictSame((await found(here, 'b')).map(idOf), ['b'], 'in one that has grown');
});

t.test('files are begun anew by size, by age, and lines are found in all of them', async (t) => {
  const { open, written, files, clock } = world(t);
  const log = open({ segmentBytes: 50 });
  for (const id of ['a', 'b', 'c', 'd']) {
    log.add(id, line(id, `,"filler":"${'x'.repeat(40)}"`));
    await written();
  }
  t.equal(files().length, 4);
  clock.advance(HOUR_MS);
  log.add('e', line('e'));
  await written();
  t.equal(files().length, 5);
  t.equal(files('.idx').length, 4, 'a complete file has its table');
  for (const id of ['a', 'b', 'c', 'd', 'e']) t.strictSame((await found(log, id)).map(idOf), [id]);
  await log.close(1000);
});

t.test('tables of old files leave memory, and lines are found all the same', async (t) => {
  const { open, written } = world(t);
  const log = open({ segmentBytes: 50, tableBytes: 10_000 });
  const ids = Array.from({ length: 20 }, (_, i) => `r-${i}`);
  for (const id of ids) {
    log.add(id, line(id, `,"filler":"${'x'.repeat(40)}"`));
    await written();
  }
  t.ok(log.memoryBytes <= 10_000, `${log.memoryBytes} bytes`);
  for (const id of ids) t.strictSame((await found(log, id)).map(idOf), [id]);
  t.ok(log.memoryBytes <= 10_000, `${log.memoryBytes} bytes`);
  await log.close(1000);
});

t.test('lines beyond the room for those that wait are dropped and counted', async (t) => {
  const { open, written, said, lines } = world(t);
  const log = open({ maxWaiting: 60 });
  t.ok(log.add('a', line('a')));
  t.ok(log.add('b', line('b')));
  t.notOk(log.add('c', line('c', `,"filler":"${'x'.repeat(40)}"`)));
  t.strictSame(said, ['dropped 1']);
  await written();
  t.equal(lines().length, 2);
  t.ok(log.add('d', line('d')), 'there is room again');
  await log.close(1000);
  t.equal(lines().length, 3);
});

t.test('what is too old is removed, also where nothing is written', async (t) => {
  const { open, written, files, clock, said } = world(t, { keepMs: 7 * DAY_MS });
  const log = open();
  log.add('a', line('a'));
  await written();
  clock.advance(6 * DAY_MS);
  await log.tidy();
  t.strictSame((await found(log, 'a')).map(idOf), ['a']);
  clock.advance(2 * DAY_MS);
  log.add('b', line('b'));
  await written();
  t.ok(said.includes('removed 1'));
  t.equal(files().length, 1);
  await log.tidy();
  t.strictSame(await found(log, 'a'), []);
  await log.close(1000);
});

t.test(
  'the oldest predictions go where the disk may not take more; what was said of them goes last',
  async (t) => {
    const { open, written, files, path } = world(t, { maxBytes: 20_000 });
    const said = open({ kind: 'feedback', segmentBytes: 50 });
    said.add('f', line('f'));
    await written();
    const log = open({ segmentBytes: 50 });
    for (let i = 0; i < 12; i++) {
      log.add(`r-${i}`, line(`r-${i}`, `,"filler":"${'x'.repeat(400)}"`));
      await written();
    }
    const bytes = [...files(), ...files('.idx')].reduce(
      (sum, file) => sum + statSync(join(path, file)).size,
      0,
    );
    t.ok(bytes <= 20_000, `${bytes} bytes`);
    await log.tidy();
    t.strictSame(await found(log, 'r-0'), []);
    t.strictSame((await found(log, 'r-11')).map(idOf), ['r-11']);
    t.strictSame((await found(said, 'f')).map(idOf), ['f']);
    await Promise.all([log.close(1000), said.close(1000)]);
  },
);

t.test('files of others in the folder stay, and links are not followed', async (t) => {
  const { open, written, path, clock } = world(t, { keepMs: DAY_MS });
  const other = join(path, 'notes.txt');
  appendFileSync(other, 'mine');
  const target = join(path, 'target');
  appendFileSync(target, line('linked'));
  symlinkSync(target, join(path, 'predictions-20261201T000000000Z-00000000.jsonl'));
  const log = open();
  t.strictSame(await found(log, 'linked'), []);
  clock.advance(3 * DAY_MS);
  log.add('a', line('a'));
  await written();
  t.ok(statSync(other).isFile());
  t.ok(statSync(target).isFile());
  await log.close(1000);
});

t.test('a disk that fails drops nothing that fits, and is tried again', async (t) => {
  const { open, written, said, path, clock, lines } = world(t);
  const log = open();
  rmSync(path, { recursive: true });
  log.add('a', line('a'));
  await written();
  t.match(said, [/^failing ENOENT/]);
  log.add('b', line('b'));
  t.strictSame((await found(log, 'a').catch(() => ['waits'])).length, 1);
  mkdirSync(path);
  await written(1000);
  t.strictSame(said.slice(1), ['written 2', 'works']);
  t.strictSame(lines().length, 2);
  clock.advance(0);
  await log.close(1000);
});

t.test(
  'whoever waits for a line to be written is told that it could not be, and may come again',
  async (t) => {
    const { open, written, path, clock, lines } = world(t);
    const log = open({ kind: 'feedback', syncs: true, delayMs: 0 });
    rmSync(path, { recursive: true });
    const failed = t.rejects(log.write('a', line('a')), { code: 'ENOENT' });
    await written();
    await failed;
    mkdirSync(path);
    clock.advance(1000);
    const done = log.write('a', line('a'));
    await written(1000);
    await done;
    t.equal(lines().length, 1);
    await log.close(1000);
  },
);

t.test('a stop writes what waits; a disk that is stuck does not hold it up', async (t) => {
  const { open, lines } = world(t);
  const log = open();
  log.add('a', line('a'));
  await log.close(1000);
  t.equal(lines().length, 1);
  t.notOk(log.add('b', line('b')), 'nothing is taken after it');
});
