/** Waits by a clock, until a signal ends it. */
import type { Clock } from '../clock.ts';

/** @throws the reason of the signal when that is aborted */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const end = (): void => {
      untime();
      reject(signal.reason as Error);
    };
    const untime = clock.after(ms, () => {
      signal.removeEventListener('abort', end);
      resolve();
    });
    signal.addEventListener('abort', end, { once: true });
  });
}
