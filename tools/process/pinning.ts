/** Which cores a process may use, by taskset where there is one. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export const cores = availableParallelism();

export const hasTaskset = spawnSync('taskset', ['--version']).status === 0;

/** The command that runs `command` on these cores (`0`, `0-1`); as it is without cores or without taskset. */
export function pinned(
  onCores: string | undefined,
  command: string,
  args: readonly string[],
): [command: string, args: string[]] {
  if (onCores === undefined || !hasTaskset) return [command, [...args]];
  return ['taskset', ['-c', onCores, command, ...args]];
}
