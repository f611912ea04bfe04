import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readLabels } from '../../../src/repository/model-json/labels.ts';

const read = (t: Test, content: string | Buffer): Promise<string[]> =>
  readLabels(t.testdir({ 'names.txt': content }), 'names.txt');

const sound: [string, string][] = [
  ['a name a line', 'red\ngreen\nblue\n'],
  ['the line ends of Windows, and a byte order mark', '\uFEFFred\r\ngreen\r\nblue\r\n'],
  ['the line ends of old Macs', 'red\rgreen\rblue\r'],
  ['a last line without an end', 'red\ngreen\nblue'],
  ['empty lines at the end', 'red\ngreen\nblue\n\n \n'],
  ['blanks around a name', ' red\ngreen \n\tblue\n'],
];
for (const [what, content] of sound) {
  t.test(`reads ${what}`, async (t) => {
    t.strictSame(await read(t, content), ['red', 'green', 'blue']);
  });
}

t.test('keeps what is not ASCII, tabs between words, and names that are there twice', async (t) => {
  t.strictSame(await read(t, 'vert foncé\n鶴\ncrane\tbird\ncrane\ncrane\n'), [
    'vert foncé',
    '鶴',
    'crane\tbird',
    'crane',
    'crane',
  ]);
});

const faults: [string, string | Buffer, RegExp][] = [
  [
    'latin-1',
    Buffer.from('rouge\nvert foncé\nbleu\n', 'latin1'),
    /names\.txt:2 is not UTF-8 \(byte 0xe9 at offset 15\): save the file as UTF-8/,
  ],
  ['an empty line between names', 'red\n\nblue\n', /names\.txt:2 is empty/],
  ['an empty first line', '\nred\nblue\n', /names\.txt:1 is empty/],
  ['an empty file', '\n', /names\.txt is empty: it needs a name for each class/],
  ['a NUL', 'red\ngre\0en\n', /names\.txt:2 has the control character U\+0000/],
  ['an escape sequence', 'red\n\u001B[31mgreen\n', /names\.txt:2 has the control character U\+001B/],
  [
    'a character that another program has lost',
    'rouge\nvert fonc\uFFFD\n',
    /names\.txt:2 has U\+FFFD, which stands for a character that was lost/,
  ],
];
for (const [what, content, message] of faults) {
  t.test(`refuses ${what}, by file and line`, async (t) => {
    await t.rejects(read(t, content), { name: 'ModelError', message });
  });
}

t.test('says that the file is not there, or is a folder', async (t) => {
  const folder = t.testdir({ names: {} });
  await t.rejects(readLabels(folder, 'none'), {
    message: `The labels ${join(folder, 'none')} do not exist.`,
  });
  await t.rejects(readLabels(folder, 'names'), { message: /names cannot be read \(EISDIR\)/ });
});
