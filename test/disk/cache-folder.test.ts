import { chmodSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compiledFolder, faultOfCache, privateFolder } from '../../src/disk/cache-folder.ts';

const linux = process.platform === 'linux' ? {} : { skip: 'it takes /proc' };

t.test('a folder that is missing is made for this user alone', async (t) => {
  const folder = join(t.testdir(), 'cache/kind');
  t.equal(privateFolder(folder), folder);
  for (const made of [folder, join(folder, '..')]) t.equal(statSync(made).mode & 0o777, 0o700);
});

t.test('a folder that is there is left as it is', async (t) => {
  const folder = t.testdir({ file: '' });
  chmodSync(folder, 0o755);
  t.equal(privateFolder(folder), folder);
  t.equal(statSync(folder).mode & 0o777, 0o755);
  t.ok(existsSync(join(folder, 'file')));
});

t.test('a folder that other users can write is refused by its name', async (t) => {
  const folder = t.testdir();
  chmodSync(folder, 0o770);
  t.throws(() => privateFolder(folder), { message: `${folder} can be written by other users` });
});

t.test('a cache folder that can be used has no fault, and is there then', async (t) => {
  const cache = join(t.testdir(), 'cache');
  t.equal(faultOfCache(cache), undefined);
  t.ok(existsSync(compiledFolder(cache)));
});

t.test('one that cannot is told with the folder and the reason', linux, async (t) => {
  t.match(faultOfCache('/proc/cache'), /ENOENT.*'\/proc\/cache'/);
});
