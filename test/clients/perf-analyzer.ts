/**
 * perf_analyzer as its makers publish it. Its package is for C libraries of 2.38 or newer; on an older machine it runs on the
 * libraries of a newer Debian. What was made once, in pinned/.venv/perf-analyzer, is taken again while the pins are the same.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentLack, told } from '../../src/python/environment.ts';
import { packagesOf, unpackedLibraries } from './debian-libraries.ts';

const PINNED = join(import.meta.dirname, 'pinned');
const WHEEL = join(PINNED, 'perf-analyzer.txt');
const LIBRARIES = join(PINNED, 'perf-analyzer-libraries.txt');
const FOLDER = join(PINNED, '.venv/perf-analyzer');

/**
 * The words that start it.
 * @param python of an environment with pip
 * @throws EnvironmentLack when this machine cannot run it, or it cannot be fetched
 */
export async function perfAnalyzer(python: string): Promise<readonly string[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new EnvironmentLack('perf_analyzer is published only for Linux on x86_64');
  }
  const stampFile = join(FOLDER, '.made-from.json');
  const pins = readFileSync(WHEEL, 'utf8') + readFileSync(LIBRARIES, 'utf8');
  const stamp = createHash('sha256').update(pins).digest('hex');
  const made = madeBefore(stampFile);
  if (made?.stamp === stamp) return made.command;
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(FOLDER, 'libraries'), { recursive: true });
  const command = await commandOf(await fetched(python));
  writeFileSync(stampFile, JSON.stringify({ stamp, command }));
  return command;
}

function madeBefore(file: string): { stamp: string; command: string[] } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { stamp: string; command: string[] };
  } catch {
    return undefined;
  }
}

/** The program of the package, which pip takes for the machine that it names, and not for this one. */
async function fetched(python: string): Promise<string> {
  await told(python, [
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'],
    ...['--only-binary', ':all:', '--platform', 'manylinux_2_38_x86_64'],
    ...['--require-hashes', '--requirement', WHEEL, '--target', join(FOLDER, 'package')],
  ]);
  const program = join(FOLDER, 'package/perf_analyzer/bin/perf_analyzer');
  chmodSync(program, 0o755);
  return program;
}

async function commandOf(program: string): Promise<string[]> {
  if (spawnSync(program, ['--version']).status === 0) return [program];
  const packages = packagesOf(readFileSync(LIBRARIES, 'utf8'));
  return [...(await unpackedLibraries(packages, join(FOLDER, 'libraries'))), program];
}
