/** Says which hardware a device is, by asking its driver as onnxruntime will. For people: nothing depends on it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Adapter } from '../../src/thread/load.ts';
import { providerOf } from '../../src/thread/device.ts';

/** Undefined where the driver does not say. */
export async function adapterOf(device: string): Promise<Adapter | undefined> {
  const { name, deviceId = 0 } = providerOf(device);
  if (process.platform !== 'linux') return undefined;
  if (name === 'webgpu') return vulkanAdapter().catch(() => undefined);
  return name === 'cuda' || name === 'tensorrt' ? nvidiaAdapter(deviceId) : undefined;
}

/** VkPhysicalDeviceType: other, integrated, discrete, virtual, cpu. Dawn is asked for the one of most power. */
const PREFERENCE = [1, 3, 4, 2, 0];
const SOFTWARE = 4;

/** Of VkPhysicalDeviceProperties, which is 824 bytes. */
const PROPERTIES_BYTES = 1024;
const TYPE_AT = 16;
const NAME_AT = 20;
const NAME_BYTES = 256;

const MOST_DEVICES = 16;
const POINTER_BYTES = 8;
/** Of a VkInstanceCreateInfo, which is all zeros but for its type, 1. */
const CREATE_INFO_BYTES = 64;

async function vulkanAdapter(): Promise<Adapter | undefined> {
  const { default: koffi } = await import('koffi');
  const vulkan = koffi.load('libvulkan.so.1');
  const createInstance = vulkan.func('int vkCreateInstance(void *, void *, void *)');
  const enumerate = vulkan.func('int vkEnumeratePhysicalDevices(int64_t, void *, void *)');
  const properties = vulkan.func('void vkGetPhysicalDeviceProperties(int64_t, void *)');
  const destroy = vulkan.func('void vkDestroyInstance(int64_t, void *)');
  const info = Buffer.alloc(CREATE_INFO_BYTES);
  info.writeUInt32LE(1);
  const handle = Buffer.alloc(POINTER_BYTES);
  if (createInstance(info, null, handle) !== 0) return undefined;
  const instance = handle.readBigInt64LE();
  try {
    const count = Buffer.alloc(4);
    count.writeUInt32LE(MOST_DEVICES);
    const devices = Buffer.alloc(MOST_DEVICES * POINTER_BYTES);
    // 5: there are more, which do not matter.
    if (![0, 5].includes(Number(enumerate(instance, count, devices)))) return undefined;
    const found = Array.from({ length: count.readUInt32LE() }, (_, index) => {
      const facts = Buffer.alloc(PROPERTIES_BYTES);
      properties(devices.readBigInt64LE(index * POINTER_BYTES), facts);
      return { type: facts.readUInt32LE(TYPE_AT), name: textAt(facts) };
    });
    const [best] = found.sort((a, b) => (PREFERENCE[b.type] ?? 0) - (PREFERENCE[a.type] ?? 0));
    return best && { name: best.name, software: best.type === SOFTWARE };
  } finally {
    destroy(instance, null);
  }
}

function textAt(facts: Buffer): string {
  const bytes = facts.subarray(NAME_AT, NAME_AT + NAME_BYTES);
  return bytes.subarray(0, bytes.indexOf(0)).toString();
}

const NVIDIA = '/proc/driver/nvidia/gpus';

function nvidiaAdapter(number: number): Adapter | undefined {
  try {
    const folder = readdirSync(NVIDIA).sort()[number];
    if (folder === undefined) return undefined;
    const model = /^Model:\s*(.+)$/m.exec(readFileSync(join(NVIDIA, folder, 'information'), 'utf8'));
    return model === null ? undefined : { name: model[1]!.trim(), software: false };
  } catch {
    return undefined;
  }
}
