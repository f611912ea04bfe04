/**
 * A device where there is no GPU: SwiftShader, the Vulkan driver that computes on the CPU and comes with Debian's chromium.
 * Also a layer above it that loses the device when it is told to.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';

const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';
/** Debian's own, else chromium's. */
const LOADERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib/chromium'];

const loader = LOADERS.find((folder) => existsSync(join(folder, 'libvulkan.so.1')));

/** Why there is no such device here; false when there is. */
export const noDevice: string | false =
  existsSync(DRIVER) && loader !== undefined
    ? false
    : 'there is no SwiftShader (Debian’s packages chromium and libvulkan1)';

/** What a process needs in its environment to use it. */
export const SWIFTSHADER: Readonly<Record<string, string>> = {
  VK_DRIVER_FILES: DRIVER,
  ...(loader !== undefined && dirname(DRIVER) === loader && { LD_LIBRARY_PATH: loader }),
};

/** Gives it to servers that this process starts in itself. */
export function useSwiftshader(further: Readonly<Record<string, string>> = {}): void {
  Object.assign(process.env, SWIFTSHADER, further);
}

export interface LosableDevice {
  readonly env: Readonly<Record<string, string>>;
  lose(): void;
  restore(): void;
}

const LAYER = 'VK_LAYER_ORTOLAN_lost_device';

/** A layer that was compiled here; undefined where there is no C compiler. */
export function losableDevice(t: Pick<Test, 'teardown'>): LosableDevice | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'lost-device-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const library = join(folder, 'liblost.so');
  const source = join(import.meta.dirname, 'lost-device.c');
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source]);
  } catch {
    return undefined;
  }
  const layer = {
    name: LAYER,
    type: 'GLOBAL',
    library_path: library,
    api_version: '1.3.0',
    implementation_version: '1',
    description: 'Loses the device when it is told to',
  };
  writeFileSync(join(folder, 'lost.json'), JSON.stringify({ file_format_version: '1.1.2', layer }));
  const told = join(folder, 'lose');
  return {
    env: { VK_LAYER_PATH: folder, VK_INSTANCE_LAYERS: LAYER, LOSE_DEVICE: told },
    lose: () => writeFileSync(told, ''),
    restore: () => rmSync(told, { force: true }),
  };
}
