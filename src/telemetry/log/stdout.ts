/** Standard output, written so that no reader can hold the thread: neither one that is slow nor one that has stopped. */
import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Outlet } from './line-writer.ts';

const STDOUT = 1;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

export function openStdout(): Outlet {
  const descriptor = nonBlocking();
  return {
    write: (bytes) =>
      typeof bytes === 'string' ? writeSync(descriptor, bytes) : writeSync(descriptor, bytes),
    later: (ms, task) => void setTimeout(task, ms).unref(),
    sleep: (ms) => void Atomics.wait(sleeper, 0, 0, ms),
  };
}

/**
 * A descriptor on which a write ends with EAGAIN where it would wait. Pipes and terminals are opened once more: the flag
 * belongs to the open file, which other processes share. A socket cannot be; Node sets the flag on the shared one.
 * Files never make a write wait.
 */
function nonBlocking(): number {
  if (!isWaitedFor()) return STDOUT;
  try {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    return openSync('/proc/self/fd/1', O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    void process.stdout; // The first use of it sets the flag on pipes and sockets.
    return STDOUT;
  }
}

function isWaitedFor(): boolean {
  try {
    const facts = fstatSync(STDOUT);
    return facts.isFIFO() || facts.isSocket() || isatty(STDOUT);
  } catch {
    return false; // Closed by whoever started the process.
  }
}
