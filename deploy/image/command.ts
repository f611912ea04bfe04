/** Runs other programs, without a shell. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onPath } from '../../tools/process/on-path.ts';

export const isThere = (name: string): boolean => onPath(name) !== undefined;

/** Its standard output, without the last line's end. @throws Error with its standard error when it fails */
export function output(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(name, args, { env, maxBuffer: 64 * 1024 ** 2 }, (error, out, err) => {
      if (error === null) resolve(out.trimEnd());
      else reject(new Error(`${name} ${args.join(' ')}: ${err.trim() || error.message}`, { cause: error }));
    });
  });
}

/** Runs it with this process's own output. @throws Error when it fails */
export async function run(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  // Everything goes to stderr: stdout is for results.
  const child = spawn(name, args, { env, stdio: ['ignore', 2, 2] });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (code !== 0) throw new Error(`${name} ended with ${signal ?? `exit code ${code}`}`);
}

/** A folder for the time that `work` takes. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'ortolan-image-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `most`, or the hard limit of this process where that is lower. */
function limit(name: string, most: number): string {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const hard = Number(new RegExp(`^${name}\\s+\\S+\\s+(\\d+)`, 'm').exec(limits)?.[1] ?? most);
  const value = Math.min(most, hard);
  return `${value}:${value}`;
}

/**
 * The environment for podman and buildah where nothing is set up for them: no systemd, control groups of both
 * versions (crun refuses those), hard limits below podman's defaults.
 */
export function podmanEnvironment(folder: string): NodeJS.ProcessEnv {
  if (process.env['CONTAINERS_CONF'] !== undefined) return process.env;
  const file = join(folder, 'containers.conf');
  const lines = [
    '[containers]',
    `default_ulimits = ["nofile=${limit('Max open files', 16_384)}", "nproc=${limit('Max processes', 4096)}"]`,
    '[engine]',
    'cgroup_manager = "cgroupfs"',
    'events_logger = "file"',
    ...(isThere('runc') ? ['runtime = "runc"'] : []),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return { ...process.env, CONTAINERS_CONF: file };
}
