import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { headIn, headsOf, idIn, readHead, scanLines } from '../../../src/quality/log/lines.ts';

const lineOf = (id: string, rest = ''): string => `{"request_id":"${id}","at":"now"${rest}}\n`;

t.test(
  'finds where each line of ours begins, however long it is, and where the last whole one ends',
  async (t) => {
    const long = `,"inputs":[{"data":"${'A'.repeat(600_000)}"}]`;
    const lines = [
      lineOf('a'),
      lineOf('b', long),
      'garbage\n',
      lineOf('c.d-e_f'),
      '{"request_id":"no id"}\n',
    ];
    const whole = lines.join('');
    const path = join(t.testdir(), 'log.jsonl');
    await writeFile(path, `${whole}{"request_id":"torn`);
    const file = await open(path);
    t.teardown(() => file.close());
    const found: [string, number][] = [];
    const { size } = await file.stat();
    const end = await scanLines(file, 0, size, (id, at) => void found.push([id, at]));
    t.strictSame(found, [
      ['a', 0],
      ['b', lines[0]!.length],
      ['c.d-e_f', lines.slice(0, 3).join('').length],
    ]);
    t.equal(end, whole.length, 'the torn line is not part of it');
    t.equal(await scanLines(file, end, size, () => t.fail()), end);
    t.strictSame(JSON.parse((await readHead(file, lines[0]!.length))!), { request_id: 'b', at: 'now' });
    t.equal(await readHead(file, end), undefined, 'a line without its end');
    const heads: [unknown, number][] = [];
    for await (const { head, end: until } of headsOf(file, 0, size))
      heads.push([(JSON.parse(head) as { request_id: unknown }).request_id, until]);
    t.strictSame(heads, [
      ['a', lines[0]!.length],
      ['b', lines.slice(0, 2).join('').length],
      ['c.d-e_f', lines.slice(0, 4).join('').length],
    ]);
  },
);

t.test('the facts of a line end where its inputs begin, whatever its texts hold', async (t) => {
  const tricky = JSON.stringify({ request_id: 'a', caller: 'key:,"inputs":x' }).slice(0, -1);
  t.strictSame(JSON.parse(headIn(`${tricky},"inputs":[{"data":"AA=="}]}\n`)!), {
    request_id: 'a',
    caller: 'key:,"inputs":x',
  });
  t.equal(headIn(lineOf('a')), lineOf('a').trimEnd());
  t.equal(headIn('{"request_id":"a"'), undefined);
});

t.test('a line is found by the id that it begins with', async (t) => {
  t.equal(idIn(lineOf('a-1')), 'a-1');
  for (const line of ['', '{}', '{"request_id":"a b"}', '{"request_id":"', ' {"request_id":"a"}'])
    t.equal(idIn(line), undefined, line);
});
