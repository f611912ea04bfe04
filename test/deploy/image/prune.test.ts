import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { prune } from '../../../deploy/image/prune.ts';

const PLATFORM = { platform: 'linux', arch: 'x64', modules: '137' };

/** Prunes a node_modules with these files; returns the remaining ones. */
function pruned(t: Test, files: readonly string[]): (file: string) => boolean {
  const modules = join(t.testdir(), 'node_modules');
  for (const file of files) {
    mkdirSync(dirname(join(modules, file)), { recursive: true });
    writeFileSync(join(modules, file), '');
  }
  prune(modules, PLATFORM);
  return (file) => existsSync(join(modules, file));
}

function check(t: Test, kept: readonly string[], gone: readonly string[]): void {
  const isThere = pruned(t, [...kept, ...gone]);
  for (const file of kept) t.ok(isThere(file), `${file} stays`);
  for (const file of gone) t.notOk(isThere(file), `${file} goes`);
}

t.test('keeps the files of each addon that this platform and this Node load', async (t) =>
  check(
    t,
    [
      'onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
      'onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node',
      'uWebSockets.js/uws.js',
      'uWebSockets.js/uws_linux_x64_137.node',
      '@julusian/jpeg-turbo/prebuilds/jpeg-turbo-linux-x64/libturbojpeg.so.0',
      '@img/colour/index.cjs',
      '@img/sharp-linux-x64/lib/sharp.node',
      '@img/sharp-libvips-linux-x64/lib/libvips-cpp.so.8',
      'koffi/src/koffi/index.js',
      '@koromix/koffi-linux-x64/index.js',
      '@koromix/koffi-linux-x64/linux_x64/koffi.node',
    ],
    [
      'onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1',
      'onnxruntime-node/bin/napi-v6/darwin/arm64/libonnxruntime.dylib',
      'onnxruntime-node/bin/napi-v6/win32/x64/onnxruntime.dll',
      'uWebSockets.js/uws_linux_x64_127.node',
      'uWebSockets.js/uws_linux_arm64_137.node',
      'uWebSockets.js/uws_darwin_x64_137.node',
      '@julusian/jpeg-turbo/prebuilds/jpeg-turbo-linux-x64-musl/node-napi-v10.node',
      '@julusian/jpeg-turbo/prebuilds/jpeg-turbo-linux-arm64/node-napi-v10.node',
      '@julusian/jpeg-turbo/src/decompress.cc',
      '@img/sharp-linux-arm64/lib/sharp.node',
      '@img/sharp-linuxmusl-x64/lib/sharp.node',
      '@img/sharp-libvips-linuxmusl-x64/lib/libvips-cpp.so.8',
      'koffi/src/koffi/ffi.cc',
      'koffi/vendor/node-api-headers/index.js',
      '@koromix/koffi-linux-x64/musl_x64/koffi.node',
    ],
  ),
);

t.test('removes documentation, but never a licence', async (t) =>
  check(
    t,
    [
      'a/LICENSE',
      'a/LICENSE.md',
      'a/licence.MD',
      'a/NOTICE.md',
      'a/index.js',
      'a/package.json',
      'a/data.mjs',
    ],
    [
      'a/README.md',
      'a/CHANGELOG.md',
      'a/index.js.map',
      'a/index.d.ts',
      'a/index.d.mts',
      'a/index.d.cts',
      '.bin/a',
      '.package-lock.json',
    ],
  ),
);

t.test(
  'removes tests and examples of packages at any depth, but not deeper folders of that name',
  async (t) =>
    check(
      t,
      ['a/lib/test/used.js', '@s/b/dist/docs/used.js', 'test/index.js'],
      [
        'a/test/x.js',
        '@s/b/examples/x.js',
        'a/node_modules/c/benchmarks/x.js',
        '@s/b/node_modules/@q/d/tests/x.js',
      ],
    ),
);
