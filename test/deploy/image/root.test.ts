import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { binariesIn, librariesOf, pathOf } from '../../../deploy/image/root.ts';

t.test('reads the libraries of a program from the output of ldd', async (t) => {
  const said = `
	linux-vdso.so.1 (0x00007ffd4d3f6000)
	libdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f1c7c1d9000)
	libturbojpeg.so.0 => /app/node_modules/turbo/libturbojpeg.so.0 (0x00007f1c7bf00000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f1c7c1e5000)
`;
  t.strictSame(librariesOf(said), [
    '/lib/x86_64-linux-gnu/libdl.so.2',
    '/app/node_modules/turbo/libturbojpeg.so.0',
    '/lib64/ld-linux-x86-64.so.2',
  ]);
  t.strictSame(librariesOf('\tstatically linked\n'), []);
});

t.test('fails when a library is missing', async (t) => {
  t.throws(() => librariesOf('\tlibcudart.so.12 => not found\n'), { message: /libcudart\.so\.12/ });
});

t.test('finds a library that is loaded by its name', async (t) => {
  const said = `3 libs found in cache \`/etc/ld.so.cache'
	libvulkan.so.1.3 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libvulkan.so.1.3
	libvulkan.so.1 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libvulkan.so.1
`;
  t.equal(pathOf('libvulkan.so.1', said), '/usr/lib/x86_64-linux-gnu/libvulkan.so.1');
  t.throws(() => pathOf('libX11.so.6', said), { message: /libX11\.so\.6/ });
});

t.test('finds addons and libraries, with and without a version in their names', async (t) => {
  const folder = t.testdir();
  const names = ['a/x.node', 'a/b/liby.so', 'liby.so.1', 'libz.so.8.18.7', 'a/x.js', 'so', 'a/notes.so.txt'];
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  for (const name of names) writeFileSync(join(folder, name), '');
  const found = binariesIn(folder).map((file) => relative(folder, file));
  t.strictSame(found.toSorted(), ['a/b/liby.so', 'a/x.node', 'liby.so.1', 'libz.so.8.18.7']);
});
