import { chmodSync, existsSync, mkdirSync, openSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compiledFolder, faultOfCache, privateFolder } from '../../src/disk/cache-folder.ts';

const linux = process.platform === 'linux' ? {} : { skip: 'it takes /proc' };

t.test('a folder is made with what is missing above it, for this user alone', async (t) => {
  const folder = join(t.testdir(), 'a/b/c');
  t.equal(privateFolder(folder), folder);
  for (const made of [folder, join(folder, '..'), join(folder, '../..')]) {
    t.equal(statSync(made).mode & 0o777, 0o700);
  }
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

t.test('a file in the place of a folder is refused', async (t) => {
  const file = join(t.testdir({ file: '' }), 'file');
  t.throws(() => privateFolder(file), { code: 'EEXIST', path: file });
  t.throws(() => privateFolder(join(file, 'below')), { code: 'EEXIST', path: file });
});

t.test('below a folder that is there and answers ENOENT it fails, and returns', linux, async (t) => {
  t.throws(() => privateFolder('/proc/a/b'), { code: 'ENOENT' });
});

t.test('so it does below a folder that was deleted while somebody holds it', linux, async (t) => {
  const folder = join(t.testdir(), 'mounted');
  mkdirSync(folder);
  const held = openSync(folder, 'r');
  rmdirSync(folder);
  t.throws(() => privateFolder(`/proc/self/fd/${held}/a/b`), { code: 'ENOENT' });
});

t.test('a cache folder that can be used has no fault, and is there then', async (t) => {
  const cache = join(t.testdir(), 'cache');
  t.equal(faultOfCache(cache), undefined);
  t.ok(existsSync(compiledFolder(cache)));
});

t.test('one that cannot is told with the folder and the reason', linux, async (t) => {
  t.match(faultOfCache('/proc/cache'), /ENOENT.*'\/proc\/cache'/);
});
