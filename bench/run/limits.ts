/**
 * The limits of a pod on this machine: a control group of the old or the new kind, made for one server and removed
 * after it. Where neither may be made, the server gets whole cores by taskset, and says that this is all.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasTaskset } from '../../tools/process/pinning.ts';

const ROOT = '/sys/fs/cgroup';
const PERIOD_US = 100_000;
const MIB = 1024 * 1024;
const REMOVE_TRIES = 50;

export interface Limits {
  /** How they were made, for the reader of the results. */
  readonly how: string;
  /** Files that a process writes its id to, to be limited. */
  readonly groups: readonly string[];
  readonly cores?: string;
  /** Call it when the server is gone. */
  readonly remove: () => Promise<void>;
}

/** `pod`: tells groups apart of which several are there at a time. */
export function podLimits(cpus: number, memoryMiB: number, pod = 0): Limits {
  const name = `ortolan-bench-${process.pid}-${pod}`;
  return unified(name, cpus, memoryMiB) ?? separate(name, cpus, memoryMiB) ?? substitute(cpus);
}

function unified(name: string, cpus: number, memoryMiB: number): Limits | undefined {
  const folder = join(ROOT, name);
  return making([folder], () => {
    const controllers = readFileSync(join(ROOT, 'cgroup.subtree_control'), 'utf8');
    if (!controllers.includes('cpu') || !controllers.includes('memory')) {
      writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+cpu +memory');
    }
    mkdirSync(folder);
    writeFileSync(join(folder, 'cpu.max'), `${cpus * PERIOD_US} ${PERIOD_US}`);
    writeFileSync(join(folder, 'memory.max'), String(memoryMiB * MIB));
    return { how: 'control groups, version 2', groups: [join(folder, 'cgroup.procs')] };
  });
}

function separate(name: string, cpus: number, memoryMiB: number): Limits | undefined {
  const cpu = join(ROOT, 'cpu', name);
  const memory = join(ROOT, 'memory', name);
  return making([cpu, memory], () => {
    mkdirSync(cpu);
    mkdirSync(memory);
    writeFileSync(join(cpu, 'cpu.cfs_period_us'), String(PERIOD_US));
    writeFileSync(join(cpu, 'cpu.cfs_quota_us'), String(cpus * PERIOD_US));
    writeFileSync(join(memory, 'memory.limit_in_bytes'), String(memoryMiB * MIB));
    return {
      how: 'control groups, version 1',
      groups: [join(cpu, 'cgroup.procs'), join(memory, 'cgroup.procs')],
    };
  });
}

function substitute(cpus: number): Limits {
  const whole = Math.ceil(cpus);
  return {
    how: hasTaskset
      ? `no control group may be made here: taskset to ${whole} whole cores, memory unlimited`
      : 'nothing: neither control groups nor taskset are there',
    groups: [],
    cores: whole === 1 ? '0' : `0-${whole - 1}`,
    remove: () => Promise.resolve(),
  };
}

/** Undefined, and nothing left behind, when a step is not allowed here. */
function making(folders: readonly string[], make: () => Omit<Limits, 'remove'>): Limits | undefined {
  try {
    return { ...make(), remove: () => removeAll(folders) };
  } catch {
    for (const folder of folders) if (existsSync(folder)) rmdirSync(folder);
    return undefined;
  }
}

/** A group can be removed a moment after its last process has ended. */
async function removeAll(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    for (let left = REMOVE_TRIES; ; left--) {
      try {
        rmdirSync(folder);
        break;
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((resolve) => void setTimeout(resolve, 20));
      }
    }
  }
}
