/** Linters from PyPI. Where one is not installed, its test is skipped with a reason. */
import { spawnSync } from 'node:child_process';
import { onPath } from '../../tools/process/on-path.ts';

/** The `skip` option of a test: a reason, or false. `wheel`: the PyPI package of the program. */
export const withoutLinter = (program: string, wheel = program): string | false =>
  onPath(program) === undefined && `${program} is not on this machine: NOT linted (pipx install ${wheel})`;

/** Returns the output of the linter; empty when it found nothing. */
export function findings(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}` || `${program} ended with ${status}`;
}
