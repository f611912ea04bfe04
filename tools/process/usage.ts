/** What processes have used, read from /proc. A process that is gone counts as nothing. */
import { readFileSync } from 'node:fs';

/** Of the kernel's accounting; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1024;

const readOr = (file: string, otherwise: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
};

/** User and system time of all threads. */
export const processorSeconds = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    // The command's name may hold spaces and parentheses: fields count from behind its last one.
    const fields = readOr(`/proc/${pid}/stat`, '').split(') ').at(-1)!.split(' ');
    return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
  }, 0);

/** Resident memory; pages that several processes share count in each. */
export const residentMiB = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const kib = /VmRSS:\s+(\d+)/.exec(readOr(`/proc/${pid}/status`, ''))?.[1];
    return sum + Number(kib ?? 0) / KIB_PER_MIB;
  }, 0);

/** Resident memory, with pages that several processes share divided among them. */
export const proportionalMiB = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const kib = /^Pss:\s+(\d+)/m.exec(readOr(`/proc/${pid}/smaps_rollup`, ''))?.[1];
    return sum + Number(kib ?? 0) / KIB_PER_MIB;
  }, 0);
