import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readSecretText } from '../../../src/config/secrets/secret-text.ts';

function fileOf(t: Test, content: string | Buffer): string {
  const file = join(t.testdir({}), 'secret');
  writeFileSync(file, content);
  chmodSync(file, 0o400);
  return file;
}

t.test('is the text without the line end behind it, and with the spaces around it', (t) => {
  for (const content of ['secret', 'secret\n', 'secret\r\n', 'secret\n\n', '\uFEFFsecret\n']) {
    t.equal(readSecretText(fileOf(t, content)), 'secret', JSON.stringify(content));
  }
  t.equal(readSecretText(fileOf(t, ' se cret \n')), ' se cret ');
  t.end();
});

t.test('refuses what is no secret, without showing any of it', (t) => {
  const cases: [string | Buffer, RegExp][] = [
    ['', /is empty\.$/],
    [' \n', /is empty\.$/],
    ['hidden\nhidden\n', /more than one line/],
    ['hidden\rhidden', /more than one line/],
    ['hidden\0', /more than one line/],
    [Buffer.from([0x68, 0xff]), /not UTF-8/],
    ['hidden'.repeat(20_000), /larger than 65536 bytes/],
  ];
  for (const [content, fault] of cases) {
    const file = fileOf(t, content);
    t.throws(() => readSecretText(file), { name: 'KeyFileError', message: fault });
    t.throws(() => readSecretText(file), { message: /^((?!hidden).)*$/s });
  }
  t.end();
});
