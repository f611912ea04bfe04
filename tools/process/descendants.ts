/** The processes below one, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

/** A process and all below it, parents first. One that is gone has none. */
export const withDescendants = (pid: number): readonly number[] => [
  pid,
  ...childrenOf(pid).flatMap(withDescendants),
];

/** Each is listed with the thread that has started it. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
      const text = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
      return text === '' ? [] : text.split(' ').map(Number);
    });
  } catch {
    return []; // It, or one of its threads, has just ended.
  }
}
