/**
 * Python environments of programs that are not the server: one virtual environment for each file requirements-NAME.txt, in
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
/** What pip says when no index answered; a wrong pin reads `(from versions: 1.0, …)`. */
const UNREACHED = /\(from versions: none\)|NewConnectionError|NameResolutionError/;

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

export const requirementsFile = (folder: string, name: string): string =>
  join(folder, `requirements-${name}.txt`);

/** The machine lacks something that an environment needs: Python, or a way to the packages. */
export class EnvironmentLack extends Error {}

/**
 * The folder with the environment's programs, which is made when it is not there or not of these requirements.
 * @param home the folder with requirements-NAME.txt
 * @param pythons versions that the pins are for, as `3.11`; the first that the machine has is taken
 * @param making called before it is made, which takes minutes
 * @throws EnvironmentLack when there is none of them on the PATH, or no package index is reached
 * @throws Error when pip fails
 */
export async function environmentOf(
  home: string,
  name: string,
  pythons: readonly string[],
  making: () => void = () => undefined,
): Promise<string> {
  const folder = join(home, '.venv', name);
  const requirements = requirementsFile(home, name);
  const text = await readFile(requirements, 'utf8');
  const stampFile = join(folder, '.made-from');
  const bin = join(folder, 'bin');
  const stamp = await readFile(stampFile, 'utf8').catch(() => '');
  if (pythons.some((python) => stampOf(python, text) === stamp)) return bin;
  const { version, executable } = await pythonOf(pythons);
  making();
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await told(executable, ['-m', 'venv', folder]);
  await told(join(bin, 'python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--requirement',
    requirements,
  ]);
  await writeFile(stampFile, stampOf(version, text));
  return bin;
}

interface Python {
  readonly version: string;
  readonly executable: string;
}

async function pythonOf(versions: readonly string[]): Promise<Python> {
  for (const version of versions) {
    const executable = await executableOf(version);
    if (executable !== undefined) return { version, executable };
  }
  throw new EnvironmentLack(`there is no Python ${versions.join(' or ')} with venv on the PATH`);
}

/**
 * The first Python of this version on the PATH that works: a version manager may leave a program of that name there
 * that only says that the version is not chosen.
 */
async function executableOf(version: string): Promise<string | undefined> {
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
  return undefined;
}

export interface Setting {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a program to its end; resolves with what it wrote to stdout.
 * @throws EnvironmentLack when it was pip and reached no index; Error, with the end of stderr, when it failed otherwise
 */
export async function told(command: string, args: readonly string[], setting: Setting = {}): Promise<string> {
  try {
    const { stdout } = await run(command, args, { ...setting, maxBuffer: OUTPUT_BYTES });
    return stdout;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    if (UNREACHED.test(stderr))
      throw new EnvironmentLack('the packages of Python cannot be fetched from here');
    throw new Error(`${command} ${args.join(' ')} failed: ${stderr.slice(-STDERR_TAIL).trim()}`, {
      cause: error,
    });
  }
}
