/** Ends this process when the thread that started it ends, even while it runs native code. */

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/** Linux only: elsewhere a process that is in a run ends after it. */
export async function dieWithParent(): Promise<void> {
  if (process.platform !== 'linux') return;
  try {
    const { default: koffi } = await import('koffi');
    const prctl = koffi.load('libc.so.6').func('int prctl(int, unsigned long)') as (
      option: number,
      argument: number,
    ) => number;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
  } catch {
    // Another C library.
  }
  // The thread may have ended before.
  if (!process.connected) process.kill(process.pid, 'SIGKILL');
}
