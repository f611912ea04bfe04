import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { NOTE, removeForeignBinaries } from '../../../tools/install/foreign-binaries.ts';

const PLATFORM = { platform: 'linux', arch: 'x64', modules: '137' };

function modulesWith(t: Test, files: readonly string[]): string {
  const modules = join(t.testdir(), 'node_modules');
  mkdirSync(modules);
  for (const file of files) {
    mkdirSync(dirname(join(modules, file)), { recursive: true });
    writeFileSync(join(modules, file), '');
  }
  return modules;
}

const KEPT = [
  'onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
  'onnxruntime-node/lib/index.ts',
  'uWebSockets.js/uws.js',
  'uWebSockets.js/uws_linux_x64_137.node',
  '@julusian/jpeg-turbo/prebuilds/jpeg-turbo-linux-x64/libturbojpeg.so.0',
  '@julusian/jpeg-turbo/src/decompress.cc',
  '@koromix/koffi-linux-x64/linux_x64/koffi.node',
  'sharp/lib/index.js',
];
const FOREIGN = [
  'onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1',
  'onnxruntime-node/bin/napi-v6/darwin/arm64/libonnxruntime.dylib',
  'onnxruntime-node/bin/napi-v6/win32/x64/onnxruntime.dll',
  'uWebSockets.js/uws_linux_x64_127.node',
  'uWebSockets.js/uws_linux_arm64_137.node',
  '@julusian/jpeg-turbo/prebuilds/jpeg-turbo-linux-x64-musl/node-napi-v10.node',
  '@koromix/koffi-linux-x64/musl_x64/koffi.node',
];

t.test('keeps what this platform and this Node load, and what is no binary', async (t) => {
  const modules = modulesWith(t, [...KEPT, ...FOREIGN]);
  removeForeignBinaries(modules, PLATFORM);
  for (const file of KEPT) t.ok(existsSync(join(modules, file)), `${file} stays`);
  for (const file of FOREIGN) t.notOk(existsSync(join(modules, file)), `${file} goes`);
});

t.test('notes of which packages something was removed', async (t) => {
  const modules = modulesWith(t, [...KEPT, ...FOREIGN]);
  removeForeignBinaries(modules, PLATFORM);
  t.equal(
    readFileSync(join(modules, NOTE), 'utf8'),
    'onnxruntime-node\nuWebSockets.js\n@julusian/jpeg-turbo\n@koromix/koffi-linux-x64\n',
  );
});

t.test('a package that is not there, or has nothing for others, is not noted', async (t) => {
  const modules = modulesWith(t, ['uWebSockets.js/uws_linux_x64_137.node']);
  removeForeignBinaries(modules, PLATFORM);
  t.equal(readFileSync(join(modules, NOTE), 'utf8'), '');
});

t.test('leaves of the packages here what this process has loaded, wherever it runs', async (t) => {
  const modules = modulesWith(t, [
    `uWebSockets.js/uws_${process.platform}_${process.arch}_${process.versions.modules}.node`,
  ]);
  const { platform, arch, versions } = process;
  removeForeignBinaries(modules, { platform, arch, modules: versions.modules });
  t.equal(readFileSync(join(modules, NOTE), 'utf8'), '');
});
