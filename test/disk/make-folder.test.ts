import { mkdirSync, openSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeFolder } from '../../src/disk/make-folder.ts';

const linux = process.platform === 'linux' ? {} : { skip: 'it takes /proc' };

t.test('a folder is made with what is missing above it, each with the mode', async (t) => {
  const folder = join(t.testdir(), 'a/b/c');
  makeFolder(folder, 0o750);
  for (const made of [folder, join(folder, '..'), join(folder, '../..')]) {
    t.equal(statSync(made).mode & 0o777, 0o750);
  }
  makeFolder(folder);
  t.equal(statSync(folder).mode & 0o777, 0o750, 'an existing folder is not changed');
});

t.test('a file in the place of a folder is refused', async (t) => {
  const file = join(t.testdir({ file: '' }), 'file');
  t.throws(() => makeFolder(file), { code: 'EEXIST', path: file });
  t.throws(() => makeFolder(join(file, 'below')), { code: 'EEXIST', path: file });
});

t.test('below an existing folder that fails with ENOENT it throws without looping', linux, async (t) => {
  t.throws(() => makeFolder('/proc/a/b'), { code: 'ENOENT' });
});

t.test('below a deleted folder that is still open it throws without looping', linux, async (t) => {
  const folder = join(t.testdir(), 'mounted');
  mkdirSync(folder);
  const held = openSync(folder, 'r');
  rmdirSync(folder);
  t.throws(() => makeFolder(`/proc/self/fd/${held}/a/b`), { code: 'ENOENT' });
});
