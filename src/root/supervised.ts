/** What a server has to do with bin/supervise, when that has started it. */
import type { Ended } from '../crashes/crashes.ts';

/** Milliseconds between two looks at whether the supervisor is still there, which are one system call each. */
const LOOK_EVERY_MS = 500;

/** Within this time a signal of the same name is the same signal. Nobody presses a key twice so soon. */
const SAME_SIGNAL_MS = 100;

/** Whether bin/supervise is the parent of this process. The variable alone may be inherited from further above. */
const isSupervised = (): boolean => Number(process.env['ORTOLAN_SUPERVISOR']) === process.ppid;

/**
 * Ends this process at once when its supervisor is gone, which only SIGKILL does to it: a server that nobody can stop any
 * more, on a port that the next one needs, is worse than the requests that are lost with it.
 */
export function endWithSupervisor(): void {
  if (!isSupervised()) return;
  const supervisor = process.ppid;
  const look = (): void => {
    if (process.ppid !== supervisor) process.kill(process.pid, 'SIGKILL');
  };
  setInterval(look, LOOK_EVERY_MS).unref();
}

/** A handler for a signal that may come twice: to the whole group, and passed on by the supervisor. */
export function onceEach(handler: (signal: NodeJS.Signals) => void): (signal: NodeJS.Signals) => void {
  if (!isSupervised()) return handler;
  const last = new Map<NodeJS.Signals, number>();
  return (signal) => {
    const now = performance.now();
    const before = last.get(signal) ?? -Infinity;
    if (now - before < SAME_SIGNAL_MS) return;
    last.set(signal, now);
    handler(signal);
  };
}

/** How the process that this one has taken the place of was ended; undefined at a first start, and where nothing supervises. */
export function crashedBefore(): Ended | undefined {
  if (!isSupervised()) return undefined;
  const [, pid, signal] = /^(\d+) ([A-Z]+)$/.exec(process.env['ORTOLAN_CRASHED'] ?? '') ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), signal: `SIG${signal}` };
}
