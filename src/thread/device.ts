/**
 * The names of devices, as options and model.json write them: the execution provider of onnxruntime and, where a machine has
 * several of a kind, its number.
 */

/** The device that every machine has. Its workers run models in their own threads. */
export const CPU = 'cpu';

const NUMBERED = ['cuda', 'tensorrt', 'dml'] as const;

/** All names; `<n>` stands for a number from 0. onnxruntime chooses the adapter of webgpu, and coreml has one. */
export const DEVICE_NAMES = `cpu, webgpu, coreml, ${NUMBERED.join(', ')}; ${NUMBERED.map((name) => `${name}:<n>`).join(', ')}`;

/** A regular expression of them. */
export const DEVICE_PATTERN = `^(cpu|webgpu|coreml|(${NUMBERED.join('|')})(:[0-9]{1,2})?)$`;

/** An execution provider, as onnxruntime is given it. */
export interface Provider {
  readonly name: string;
  /** Undefined: the first one. */
  readonly deviceId?: number;
}

export function providerOf(device: string): Provider {
  const [name, number] = device.split(':');
  return number === undefined ? { name: name! } : { name: name!, deviceId: Number(number) };
}
