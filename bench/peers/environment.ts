/**
 * The Python environments of the peers: one virtual environment for each file requirements-NAME.txt, in
 * .venv/NAME beside it. An environment is made once, and again when its requirements change; one whose making was cut
 * off is made again too, because its stamp is written last. Nothing outside .venv is touched.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const STDERR_TAIL = 2000;
const OUTPUT_BYTES = 16 * 1024 * 1024;

/** What an environment was made from: changes with the requirements and with the version of Python. */
export const stampOf = (python: string, requirements: string): string =>
  createHash('sha256').update(`python ${python}\n${requirements}`).digest('hex');

/** The version that requirements pin a package to. @throws Error when they do not */
export function pinnedVersion(requirements: string, name: string): string {
  for (const line of requirements.split('\n')) {
    const found = /^([\w.-]+)(?:\[[\w,-]+\])?==([\w.+!-]+)/.exec(line.trim());
    if (found?.[1]?.toLowerCase() === name.toLowerCase()) return found[2]!;
  }
  throw new Error(`the requirements do not pin ${name}`);
}

export const requirementsFile = (name: string): string =>
  join(import.meta.dirname, `requirements-${name}.txt`);

/**
 * The folder with the environment's programs, which is made when it is not there or not of these requirements.
 * @param python version, as `3.11`
 * @throws Error when there is no such Python on the PATH, or pip fails
 */
export async function environmentOf(name: string, python: string): Promise<string> {
  const folder = join(import.meta.dirname, '.venv', name);
  const requirements = requirementsFile(name);
  const stampFile = join(folder, '.made-from');
  const stamp = stampOf(python, await readFile(requirements, 'utf8'));
  const bin = join(folder, 'bin');
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return bin;
  const interpreter = await pythonOf(python);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await told(interpreter, ['-m', 'venv', folder]);
  await told(join(bin, 'python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--requirement',
    requirements,
  ]);
  await writeFile(stampFile, stamp);
  return bin;
}

/**
 * The first Python of this version on the PATH that works: a version manager may leave a program of that name there
 * that only says that the version is not chosen.
 */
async function pythonOf(version: string): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      const script =
        'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2]); print(sys.executable)';
      const { stdout } = await run(join(folder, `python${version}`), ['-c', script], {
        env: { ...process.env, PYENV_VERSION: version },
      });
      const [found, executable] = stdout.trim().split('\n');
      if (found === version && executable !== undefined) return executable;
    } catch {
      // Not there, or it does not work: the next one.
    }
  }
  throw new Error(`there is no Python ${version} with venv on the PATH`);
}

async function told(command: string, args: readonly string[]): Promise<void> {
  try {
    await run(command, args, { maxBuffer: OUTPUT_BYTES });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed: ${stderr.slice(-STDERR_TAIL).trim()}`, {
      cause: error,
    });
  }
}
