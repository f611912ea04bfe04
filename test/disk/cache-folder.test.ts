import { chmodSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compiledFolder, faultOfCache, privateFolder } from '../../src/disk/cache-folder.ts';

const linux = process.platform === 'linux' ? {} : { skip: 'it takes /proc' };

t.test('a missing folder is made with access for this user only', async (t) => {
  const folder = join(t.testdir(), 'cache/kind');
  t.equal(privateFolder(folder), folder);
  for (const made of [folder, join(folder, '..')]) t.equal(statSync(made).mode & 0o777, 0o700);
});

t.test('an existing folder is not changed', async (t) => {
  const folder = t.testdir({ file: '' });
  chmodSync(folder, 0o755);
  t.equal(privateFolder(folder), folder);
  t.equal(statSync(folder).mode & 0o777, 0o755);
  t.ok(existsSync(join(folder, 'file')));
});

t.test('a folder that other users can write is refused, and named in the error', async (t) => {
  const folder = t.testdir();
  chmodSync(folder, 0o770);
  t.throws(() => privateFolder(folder), { message: `${folder} can be written by other users` });
});

t.test('a usable cache folder is created, and has no fault', async (t) => {
  const cache = join(t.testdir(), 'cache');
  t.equal(faultOfCache(cache), undefined);
  t.ok(existsSync(compiledFolder(cache)));
});

t.test('a fault of a cache folder names the folder and the reason', linux, async (t) => {
  t.match(faultOfCache('/proc/cache'), /ENOENT.*'\/proc\/cache'/);
});
