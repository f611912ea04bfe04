/** What the processor needs of an int8 model. Pure, but for readCpuInfo(). */
import { readFileSync } from 'node:fs';

/**
 * Whether weights have to be kept to seven bits: on x86 without VNNI the sum of two products of eight bits is saturated at sixteen, and answers
 * go wrong without a word. ARM and x86 with VNNI add up in 32 bits. Where nothing is known of an x86 processor it is taken for an old one.
 */
export function needsReducedRange(architecture: string, cpuInfo: string | undefined): boolean {
  if (architecture !== 'x64' && architecture !== 'ia32') return false;
  const flags = /^flags\s*:(.*)$/m.exec(cpuInfo ?? '')?.[1] ?? '';
  return !/\b(avx512_vnni|avx_vnni|avxvnni)\b/.test(flags);
}

/** Linux has it; undefined elsewhere. */
export function readCpuInfo(): string | undefined {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return undefined;
  }
}
