/**
 * Work that takes a thread some time, in slices: at once where nobody waits, or with other work of the thread between them. A slice
 * is what a generator does between two of its yields.
 */
import { setImmediate } from 'node:timers/promises';

export type Slices<T> = Generator<undefined, T>;

export function atOnce<T>(work: Slices<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** Rejects with what the work throws. */
export async function inSlices<T>(work: Slices<T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await setImmediate();
  }
}
