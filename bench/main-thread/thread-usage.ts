/** What each thread of a server has used, read from /proc: the one that serves everyone, and all others together. */
import { readdirSync, readFileSync } from 'node:fs';

const NS_PER_MS = 1e6;

export interface ThreadUsage {
  /** Milliseconds of user and system time of the first thread. */
  readonly mainMs: number;
  /** How often it went to sleep, and was woken again. */
  readonly sleeps: number;
  /** How often it was put aside for another thread. */
  readonly preemptions: number;
  /** Milliseconds of all other threads. */
  readonly othersMs: number;
}

/** The process of a tree that has most threads: the server, below a supervisor and beside an isolated version. */
export function serverOf(pids: readonly number[]): number {
  const threads = (pid: number): number => readdirSync(`/proc/${pid}/task`).length;
  return pids.toSorted((one, other) => threads(other) - threads(one))[0]!;
}

/** From the start of the process until now. */
export function threadUsage(pid: number): ThreadUsage {
  const folder = `/proc/${pid}/task`;
  let othersMs = 0;
  for (const thread of readdirSync(folder))
    if (thread !== String(pid)) othersMs += msOf(`${folder}/${thread}`);
  const status = readFileSync(`${folder}/${pid}/status`, 'utf8');
  const switches = (kind: string): number =>
    Number(new RegExp(`^${kind}_ctxt_switches:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return {
    mainMs: msOf(`${folder}/${pid}`),
    sleeps: switches('voluntary'),
    preemptions: switches('nonvoluntary'),
    othersMs,
  };
}

/** By the scheduler's own account, in nanoseconds: ticks of 10 ms are too coarse for a phase of seconds. */
function msOf(folder: string): number {
  try {
    return Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / NS_PER_MS;
  } catch {
    return 0; // It ended between the listing and the reading.
  }
}
