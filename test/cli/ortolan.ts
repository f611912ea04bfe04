/** Runs the real program as a child process, as a shell does, and returns its output. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export const LAUNCHER = fileURLToPath(new URL('../../bin/ortolan', import.meta.url));
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export function ortolan(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = ROOT,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      LAUNCHER,
      args,
      { cwd, env: { PATH: process.env['PATH'], ...env } },
      (error, out, err) => {
        const code = typeof error?.code === 'number' ? error.code : (child.exitCode ?? -1);
        resolve({ code, out, err });
      },
    );
  });
}
