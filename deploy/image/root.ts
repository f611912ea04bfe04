/**
 * Lays out the file system that the image begins with: node, tini, the shell that runs bin/supervise, the shared libraries
 * that they and the addons need, a user, and nothing else: no package manager, no tools. What it takes from Debian stays known
 * to vulnerability scanners, by the packages' entries under /var/lib/dpkg/status.d, and keeps its licences.
 *
 *   node deploy/image/root.ts TARGET FOLDER LIBRARY...   with the libraries of all addons below FOLDER, and further ones by name
 *   node deploy/image/root.ts TARGET                     the programs alone, for a base image that has libraries of its own
 *
 * Run while the image is built, on Debian. A library that cannot be found stops the build.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const NODE = '/usr/local/bin/node';
/** Without libraries, so that it runs on any base. */
const TINI = '/usr/bin/tini-static';
const DASH = '/usr/bin/dash';
/** Nothing looks for a shell here: what would run commands by /bin/sh finds none. */
const SHELL = '/usr/lib/ortolan/shell';
const USER = 65532;
const STICKY_FOR_ALL = 0o1777;

const FILES = {
  '/etc/passwd':
    'root:x:0:0:root:/:/sbin/nologin\n' + `nonroot:x:${USER}:${USER}:nonroot:/nonexistent:/sbin/nologin\n`,
  '/etc/group': `root:x:0:\nnonroot:x:${USER}:\n`,
  // glibc's default, written out.
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

/**
 * Paths of the libraries in what `ldd` says of one file.
 * @throws Error when one is not there.
 */
export function librariesOf(said: string): string[] {
  const lines = said.split('\n').map((line) => line.trim());
  const missing = lines.filter((line) => line.includes('not found'));
  if (missing.length > 0) throw new Error(`A library is missing: ${missing.join('; ')}`);
  return lines.flatMap((line) => {
    const found = /^(?:\S+ => )?(\/\S+) \(0x/.exec(line);
    return found === null ? [] : [found[1]!];
  });
}

/** The addons and libraries below `folder`. */
export function binariesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(node|so)(\.\d+)*$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A path with its folder as it is on disk: /lib/x/libc.so.6 is a name for /usr/lib/x/libc.so.6. */
const settled = (path: string): string => join(realpathSync(dirname(path)), basename(path));

/** The path of a library that programs load by its name. `said`: by `ldconfig -p`. @throws Error when it is not there */
export function pathOf(name: string, said: string): string {
  const found = said
    .split('\n')
    .map((line) => /^\s*(\S+) .* => (\/\S+)$/.exec(line))
    .find((line) => line?.[1] === name);
  if (found?.[2] === undefined) throw new Error(`A library is missing: ${name}`);
  return found[2];
}

/** `loaded`: libraries that are loaded by name, which nothing is linked with. */
function lay(target: string, files: readonly string[], loaded: readonly string[]): void {
  for (const [path, text] of Object.entries(FILES)) write(join(target, path), text);
  mkdirSync(join(target, 'tmp'), { recursive: true });
  chmodSync(join(target, 'tmp'), STICKY_FOR_ALL);
  copy('/etc/os-release', join(target, 'etc/os-release'));
  // The loader is asked for by its old path.
  for (const link of ['/lib', '/lib64']) {
    if (!existsSync(link) || !lstatSync(link).isSymbolicLink()) continue;
    mkdirSync(join(target, readlinkSync(link)), { recursive: true });
    symlinkSync(readlinkSync(link), join(target, link));
  }
  const inside = new Set(files.map((file) => dirname(realpathSync(file))));
  const libraries = new Set(
    [NODE, DASH, ...files, ...loaded]
      .flatMap((file) => librariesOf(execFileSync('ldd', [file], { encoding: 'utf8' })))
      // Addons bring some of their libraries along.
      .filter((library) => !inside.has(dirname(realpathSync(library))))
      .map(settled),
  );
  for (const library of loaded) libraries.add(settled(library));
  for (const library of libraries) copy(library, join(target, library));
  const packages = new Set([TINI, DASH, ...libraries].map(packageOf));
  for (const name of packages) describe(target, name);
}

/** Which Debian package a file is of. */
function packageOf(file: string): string {
  // A file may be registered by the path that it had before /lib and /bin became links.
  const names = [file, file.replace(/^\/usr\/(lib|bin)/, '/$1')];
  for (const name of names) {
    try {
      const said = execFileSync('dpkg-query', ['--search', name], { encoding: 'utf8', stdio: 'pipe' });
      return said.slice(0, said.indexOf(': ')).split(':')[0]!;
    } catch {
      // Not known by this name.
    }
  }
  throw new Error(`${file} is of no Debian package: where does it come from?`);
}

/** The package's entry, where scanners look for it in images without dpkg, and its licence. */
function describe(target: string, name: string): void {
  const entry = execFileSync('dpkg-query', ['--status', name], { encoding: 'utf8' });
  write(join(target, 'var/lib/dpkg/status.d', name), entry);
  const licence = `/usr/share/doc/${name}/copyright`;
  copy(licence, join(target, licence));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Links are followed: the copy is the file. */
function copy(from: string, to: string): void {
  const file = realpathSync(from);
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(file, to);
  chmodSync(to, statSync(file).mode & 0o755);
}

if (import.meta.main) {
  const [target, folder = '', ...loaded] = process.argv.slice(2);
  if (target === undefined) throw new Error('Name the folder to lay it out in.');
  copy(NODE, join(target, NODE));
  copy(TINI, join(target, '/usr/bin/tini'));
  copy(DASH, join(target, SHELL));
  const known = loaded.length === 0 ? '' : execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  const paths = loaded.map((name) => pathOf(name, known));
  if (folder !== '') lay(target, binariesIn(resolve(folder)), paths);
}
