/** Linters that PyPI has and npm has not. Where one is not installed, its test is skipped and says so. */
import { spawnSync } from 'node:child_process';
import { onPath } from '../../tools/process/on-path.ts';

/** As tap's `skip` takes it. `wheel`: the package of PyPI that brings the program. */
export const withoutLinter = (program: string, wheel = program): string | false =>
  onPath(program) === undefined && `${program} is not on this machine: NOT linted (pipx install ${wheel})`;

/** What it found, in its words; empty when it found nothing. */
export function findings(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? '' : `${stdout}${stderr}` || `${program} ended with ${status}`;
}
