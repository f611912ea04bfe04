import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { linesOf, readText } from '../../src/repository/text-file.ts';

t.test('reads UTF-8, without a byte order mark', async (t) => {
  const file = join(t.testdir({ text: '\uFEFFfoncé \uFFFD\n' }), 'text');
  t.equal(await readText(file), 'foncé \uFFFD\n');
});

t.test('refuses a pipe instead of waiting for its writer', async (t) => {
  const file = join(t.testdir({}), 'pipe');
  execFileSync('mkfifo', [file]);
  await t.rejects(readText(file), { name: 'ModelError', message: `${file} is not a file.` });
});

t.test('counts lines by every kind of line end', (t) => {
  t.strictSame(linesOf('a\nb\r\nc\rd'), ['a', 'b', 'c', 'd']);
  t.end();
});

/** Each with the line, the byte and its offset. */
const invalid: [string, Buffer, string][] = [
  ['a byte of latin-1', Buffer.from('a\r\ncé', 'latin1'), ':2 is not UTF-8 (byte 0xe9 at offset 4)'],
  ['a continuation byte alone', Buffer.from([0xc3, 0xa9, 0x80]), ':1 is not UTF-8 (byte 0x80 at offset 2)'],
  ['a character that is cut off', Buffer.from([0x61, 0xef, 0xbf]), ':1 is not UTF-8 (byte 0xef at offset 1)'],
  [
    'an invalid byte behind a real U+FFFD',
    Buffer.concat([Buffer.from('\uFFFDb\n\uFFFD'), Buffer.from([0xff, 0x63])]),
    ':2 is not UTF-8 (byte 0xff at offset 8)',
  ],
];
for (const [what, content, sentence] of invalid) {
  t.test(`names the place of ${what}`, async (t) => {
    const file = join(t.testdir({ text: content }), 'text');
    await t.rejects(readText(file), {
      name: 'ModelError',
      message: `${file}${sentence}: save the file as UTF-8.`,
    });
  });
}

t.test('tells UTF-16 of either byte order', async (t) => {
  const little = Buffer.from('\uFEFFred\n', 'utf16le');
  for (const content of [little, Buffer.from(little).swap16()]) {
    const file = join(t.testdir({ text: content }), 'text');
    await t.rejects(readText(file), { message: `${file} is UTF-16, not UTF-8: save it as UTF-8.` });
  }
});
