/** Every native part of the server exists for Linux on arm64, for the Node version of the image. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

const MODULES = join(import.meta.dirname, '../../node_modules');

interface Locked {
  readonly version: string;
  readonly cpu?: readonly string[];
  readonly os?: readonly string[];
}

const LOCK = JSON.parse(readFileSync(join(MODULES, '../package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, Locked>>;
};

/** The architecture in an ELF header; 183 is AArch64. */
const machineOf = (file: string): number => readFileSync(file).readUInt16LE(18);

t.test('binaries inside packages exist, and are for that processor', async (t) => {
  for (const file of [
    // 137 is the ABI of Node 24.
    'uWebSockets.js/uws_linux_arm64_137.node',
    'onnxruntime-node/bin/napi-v6/linux/arm64/onnxruntime_binding.node',
    'onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1',
    '@julusian/jpeg-turbo/prebuilds/jpeg-turbo-linux-arm64/libturbojpeg.so.0',
    ...readdirSync(join(MODULES, '@julusian/jpeg-turbo/prebuilds/jpeg-turbo-linux-arm64'))
      .filter((name) => name.endsWith('.node'))
      .map((name) => `@julusian/jpeg-turbo/prebuilds/jpeg-turbo-linux-arm64/${name}`),
  ]) {
    t.ok(existsSync(join(MODULES, file)), file);
    t.equal(machineOf(join(MODULES, file)), 183, file);
  }
});

t.test('platform packages are in the lock file', async (t) => {
  for (const [name, of] of [
    ['@koromix/koffi-linux-arm64', 'koffi'],
    ['@img/sharp-linux-arm64', 'sharp'],
    ['@img/sharp-libvips-linux-arm64', undefined],
  ] as const) {
    const locked = LOCK.packages[`node_modules/${name}`];
    t.match(locked, { cpu: ['arm64'], os: ['linux'] }, name);
    if (of !== undefined) t.equal(locked?.version, LOCK.packages[`node_modules/${of}`]?.version, name);
  }
});
