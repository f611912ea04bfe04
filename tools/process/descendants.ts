/** The processes below one, from /proc. */
import { readFileSync } from 'node:fs';

/** A process and all below it, parents first. One that is gone has none. */
export const withDescendants = (pid: number): readonly number[] => [
  pid,
  ...childrenOf(pid).flatMap(withDescendants),
];

/** Of the main thread of a process. */
export function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  } catch {
    return [];
  }
}
