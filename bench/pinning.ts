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

/** The generator's core: the last one. The server is free to use it too, as all the others. */
export const GENERATOR_CORE = String(cores - 1);

export const PINNING = hasTaskset
  ? `The generator is a process of its own, pinned to core ${GENERATOR_CORE} of ${cores}; the server is not pinned and shares that core, ` +
    'so what the generator takes is missing from the server. In the rows of the front end alone (echo, trivial model) the server is pinned to core 0 and the generator to the last.'
  : `There is no taskset: generator and server share all ${cores} cores, unpinned.`;
