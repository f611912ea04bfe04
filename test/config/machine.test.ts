import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { readMachine } from '../../src/config/machine.ts';

const MiB = 1024 ** 2;
const TOTAL = 8192 * MiB;

/** The machine as seen from a tree of files, with 4 cores and 8 GiB. */
function machineOf(t: Test, files: Record<string, string>) {
  const root = t.testdir();
  for (const [path, content] of Object.entries(files)) writeTree(root, path, content);
  return readMachine({ root, parallelism: 4, totalMemoryBytes: TOTAL });
}

function writeTree(root: string, path: string, content: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

for (const [quota, cores] of [
  ['50000 100000', 1],
  ['100000 100000', 1],
  ['150000 100000', 1],
  ['250000 100000', 2],
  ['800000 100000', 4],
  ['max 100000', 4],
] as const) {
  t.test(`uses ${cores} of 4 cores under cpu.max ${quota}`, (t) => {
    const files = { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': `${quota}\n` };
    t.equal(machineOf(t, files).cores, cores);
    t.end();
  });
}

t.test('reports the quota as the reason', (t) => {
  const files = { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '150000 100000\n' };
  t.equal(machineOf(t, files).coresFrom, 'cpu quota 1.5');
  t.end();
});

t.test('uses the tightest limit of the group and its parents', (t) => {
  const machine = machineOf(t, {
    'proc/self/cgroup': '0::/pods/pod1/ortolan\n',
    'sys/fs/cgroup/pods/cpu.max': '200000 100000\n',
    'sys/fs/cgroup/pods/pod1/ortolan/cpu.max': 'max 100000\n',
    'sys/fs/cgroup/pods/pod1/memory.max': `${512 * MiB}\n`,
    'sys/fs/cgroup/pods/pod1/ortolan/memory.max': 'max\n',
  });
  t.match(machine, { cores: 2, memoryBytes: 512 * MiB, memoryFrom: 'memory limit' });
  t.end();
});

t.test('reads cgroup v1, with controllers mounted together or separately', (t) => {
  const machine = machineOf(t, {
    'proc/self/cgroup': '4:memory:/docker/x\n2:cpu,cpuacct:/docker/x\n0::/\n',
    // In a container the path is the host's, and the mount is the container's own group.
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '200000\n',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': `${256 * MiB}\n`,
  });
  t.match(machine, { cores: 2, memoryBytes: 256 * MiB });
  t.end();
});

t.test('treats -1 and the largest number of cgroup v1 as no limit', (t) => {
  const machine = machineOf(t, {
    'proc/self/cgroup': '4:memory:/\n2:cpu:/\n',
    'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
    'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
  });
  t.strictSame(machine, {
    cores: 4,
    coresFrom: 'cpu affinity',
    memoryBytes: TOTAL,
    memoryFrom: 'total memory',
  });
  t.end();
});

t.test('never leaves the mount for a path that climbs', (t) => {
  const files = {
    'proc/self/cgroup': '0::/../../x\n',
    'sys/fs/cgroup/x/cpu.max': '100000 100000\n',
    'sys/cpu.max': '200000 100000\n',
  };
  t.equal(machineOf(t, files).cores, 1);
  t.end();
});

t.test('uses the values of the system without control groups', (t) => {
  t.match(machineOf(t, {}), { cores: 4, memoryBytes: TOTAL });
  t.end();
});
