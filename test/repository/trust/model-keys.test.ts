import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { keyIdOf } from '../../../src/cipher/format.ts';
import { readKey, readKeys } from '../../../src/repository/trust/model-keys.ts';

const key = randomBytes(32);

t.test('keys are read from files that not everybody reads', async (t) => {
  const folder = t.testdir();
  const put = (name: string, content: string | Buffer, mode = 0o600): string => {
    writeFileSync(join(folder, name), content);
    chmodSync(join(folder, name), mode);
    return join(folder, name);
  };
  t.same(readKey(put('raw', key)), key);
  t.same(readKey(put('hex', `${key.toString('hex')}\n`, 0o440)), key);
  t.throws(() => readKey(put('open', key, 0o644)), {
    name: 'ModelError',
    message: /can be read by every user/,
  });
  for (const [name, content] of [
    ['short', key.subarray(1)],
    ['long', Buffer.concat([key, key, key])],
    ['text', 'x'.repeat(64)],
    ['empty', ''],
  ] as const)
    t.throws(() => readKey(put(name, content)), { message: new RegExp(`${name} is no key`) });
  t.throws(() => readKey(join(folder, 'none')), { message: /does not exist/ });
  t.throws(() => readKey(folder), { message: /is not a file/ });
});

t.test('a folder holds several keys, as a Secret of Kubernetes is mounted', async (t) => {
  const folder = t.testdir();
  const other = randomBytes(32);
  const data = join(folder, '..2026');
  mkdirSync(data);
  writeFileSync(join(data, 'a'), key, { mode: 0o440 });
  writeFileSync(join(data, 'b'), other, { mode: 0o440 });
  symlinkSync('..2026', join(folder, '..data'));
  for (const name of ['a', 'b']) symlinkSync(join('..data', name), join(folder, name));
  t.strictSame(new Set(readKeys(folder).keys()), new Set([keyIdOf(key), keyIdOf(other)]));
  mkdirSync(join(folder, 'empty'));
  t.throws(() => readKeys(join(folder, 'empty')), { message: /There is no key in/ });
});
