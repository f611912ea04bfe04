/**
 * Cores and memory that this process may use: by the limits of its own control group (v1 and v2) and of every group above
 * it, not by the size of the host.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';

export interface Machine {
  /** Threads that may be busy at once; at least 1. */
  readonly cores: number;
  /** Why it is that many: `cpu quota 1.5`, `cpu affinity`. */
  readonly coresFrom: string;
  readonly memoryBytes: number;
  readonly memoryFrom: string;
}

/** Where to read; tests give a tree of their own. */
export interface MachineProbe {
  /** Root of the file system that holds /proc and /sys. */
  readonly root?: string;
  readonly parallelism?: number;
  readonly totalMemoryBytes?: number;
}

/** The groups of this process: the path in the unified hierarchy, and in each of the old ones. */
interface Groups {
  readonly unified: string | undefined;
  readonly byController: ReadonlyMap<string, { readonly mount: string; readonly path: string }>;
}

const CGROUP_MOUNT = 'sys/fs/cgroup';

export function readMachine(probe: MachineProbe = {}): Machine {
  const root = probe.root ?? '/';
  const parallelism = probe.parallelism ?? availableParallelism();
  const total = probe.totalMemoryBytes ?? totalmem();
  const groups = readGroups(root);
  const quota = cpuQuota(root, groups);
  const limit = memoryLimit(root, groups);
  // Rounded down: with a thread more than the quota, all threads are throttled for part of each period, which shows in
  // the p99. At least one.
  const quotaCores = Math.max(1, Math.floor(quota));
  const quotaRules = quotaCores <= parallelism;
  return {
    cores: quotaRules ? quotaCores : parallelism,
    coresFrom: quotaRules ? `cpu quota ${Number(quota.toFixed(2))}` : 'cpu affinity',
    memoryBytes: Math.min(limit, total),
    memoryFrom: limit < total ? 'memory limit' : 'total memory',
  };
}

/** Cores by quota, Infinity without one. */
function cpuQuota(root: string, groups: Groups): number {
  const quotas = unifiedFolders(root, groups).map((folder) => {
    const [quota, period] = (readLine(join(folder, 'cpu.max')) ?? '').split(' ');
    return quota === 'max' ? Infinity : Number(quota) / Number(period);
  });
  const old = controllerFolders(root, groups, 'cpu').map(
    (folder) =>
      Number(readLine(join(folder, 'cpu.cfs_quota_us'))) /
      Number(readLine(join(folder, 'cpu.cfs_period_us'))),
  );
  return smallest([...quotas, ...old]);
}

/** Bytes, Infinity without a limit (v1 writes a number near 2^63 then, which total memory bounds). */
function memoryLimit(root: string, groups: Groups): number {
  const limits = unifiedFolders(root, groups).map((folder) => Number(readLine(join(folder, 'memory.max'))));
  const old = controllerFolders(root, groups, 'memory').map((folder) =>
    Number(readLine(join(folder, 'memory.limit_in_bytes'))),
  );
  return smallest([...limits, ...old]);
}

/** Leaves out what is not a limit: files that are not there (NaN), `max` (NaN), and v1's -1 for none. */
const smallest = (values: readonly number[]): number => Math.min(...values.filter((value) => value > 0));

function readGroups(root: string): Groups {
  const byController = new Map<string, { mount: string; path: string }>();
  let unified: string | undefined;
  for (const line of (readText(join(root, 'proc/self/cgroup')) ?? '').split('\n')) {
    const [id, controllers, ...rest] = line.split(':');
    const path = rest.join(':');
    if (id === '0' && controllers === '') unified = path;
    else if (controllers !== undefined) {
      for (const controller of controllers.split(',')) {
        byController.set(controller, { mount: controllers, path });
      }
    }
  }
  return { unified, byController };
}

const unifiedFolders = (root: string, groups: Groups): string[] =>
  groups.unified === undefined
    ? []
    : [CGROUP_MOUNT, `${CGROUP_MOUNT}/unified`].flatMap((mount) =>
        groupAndAbove(join(root, mount), groups.unified ?? '/'),
      );

function controllerFolders(root: string, groups: Groups, controller: string): string[] {
  const group = groups.byController.get(controller);
  if (group === undefined) return [];
  // Controllers that are mounted together (cpu,cpuacct) are found under either name.
  return [...new Set([group.mount, controller])].flatMap((mount) =>
    groupAndAbove(join(root, CGROUP_MOUNT, mount), group.path),
  );
}

/**
 * A limit of any group above holds too. Inside a container the path may be the host's and lie nowhere, or
 * begin with `/..`; the mount itself is then the container's own group, and it is always among these.
 */
function groupAndAbove(mount: string, path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '..');
  return Array.from({ length: names.length + 1 }, (_, depth) => join(mount, ...names.slice(0, depth)));
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const readLine = (file: string): string | undefined => readText(file)?.trim();
