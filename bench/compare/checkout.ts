/**
 * A commit in a folder of its own: a worktree of this repository under the system's temporary folder, with the packages that its
 * lock file names. Never touches the working tree, the branch or its node_modules.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../tools/process/ortolan.ts';

export interface Checkout {
  /** As a table names it: the abbreviated commit, or `working tree`. */
  readonly name: string;
  readonly root: string;
  /** May be called twice. */
  readonly remove: () => void;
}

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 }).trim();

/**
 * `revision`: a commit, branch or tag, or `.` for the working tree as it is, which is not copied.
 * @throws Error when git does not know it, or its packages cannot be installed
 */
export function checkOut(revision: string): Checkout {
  if (revision === '.') return { name: 'working tree', root: ROOT, remove: () => undefined };
  const commit = commitOf(revision);
  const folder = mkdtempSync(join(tmpdir(), 'ortolan-compare-'));
  const root = join(folder, 'tree');
  const remove = (): void => {
    if (!existsSync(folder)) return;
    // The link first and by itself, so that removing the folder cannot remove the packages behind it.
    const packages = join(root, 'node_modules');
    if (lstatSync(packages, { throwIfNoEntry: false })?.isSymbolicLink() === true) unlinkSync(packages);
    if (existsSync(root)) git('worktree', 'remove', '--force', root);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    git('worktree', 'add', '--detach', root, commit);
    addPackages(root);
  } catch (error) {
    remove();
    throw error;
  }
  return { name: commit.slice(0, 7), root, remove };
}

function commitOf(revision: string): string {
  try {
    return git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`);
  } catch (cause) {
    throw new Error(`git knows no commit ${revision}.`, { cause });
  }
}

/** Those that are here already, when they are the same: an installation takes a minute. */
function addPackages(root: string): void {
  const lockOf = (folder: string): string => readFileSync(join(folder, 'package-lock.json'), 'utf8');
  if (runtimePackages(lockOf(root)) === runtimePackages(lockOf(ROOT))) {
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    return;
  }
  console.error(`${root} names other packages than the working tree: they are installed there`);
  execFileSync('make', ['deps'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
}

/**
 * What a lock file says about the packages that a running server loads, and the Node.js that runs it, as text to compare.
 * A newer linter is no reason for another installation.
 */
export function runtimePackages(lock: string): string {
  const { packages = {} } = JSON.parse(lock) as { packages?: Record<string, LockedPackage> };
  const rows = Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && (dev !== true || NODE.test(path)))
    .map(([path, { version, integrity }]) =>
      JSON.stringify(NODE.test(path) ? ['Node.js', version] : [path, version, integrity]),
    );
  return [...new Set(rows)].toSorted().join('\n');
}

/** Packages that bring Node.js: one for each platform, and before those one that fetched it. */
const NODE = /^node_modules\/node(-linux-\w+)?$/;
