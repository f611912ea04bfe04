/**
 * The libraries of a newer Debian, unpacked into a folder and not installed, for a program that this machine's own C
 * library is too old for. Each package is pinned by version and sha256; they come from the mirror that apt uses here. A
 * release keeps only the latest version of a package: when it has moved on, the pins are to be moved too.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentLack, told } from '../../src/python/environment.ts';
import { onPath } from '../../tools/process/on-path.ts';

const RELEASE = 'trixie';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const FOLDER = 'usr/lib/x86_64-linux-gnu';

export interface Package {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** Reads lines `name version sha256`; `#` begins a comment. */
export const packagesOf = (text: string): Package[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', version = '', sha256 = ''] = line.split(' ');
      return { name, version, sha256 };
    });

/**
 * Unpacks the packages into `root`; returns the words that a program of them is started with.
 * @throws EnvironmentLack when apt, its keys or its mirror are missing; Error when a package is not the pinned one
 */
export async function unpackedLibraries(packages: readonly Package[], root: string): Promise<string[]> {
  for (const program of ['apt-get', 'dpkg-deb']) {
    if (onPath(program) === undefined) throw new EnvironmentLack(`there is no ${program} on this machine`);
  }
  const apt = await aptFor(root);
  const downloads = join(root, 'downloads');
  mkdirSync(downloads);
  const wanted = packages.map(({ name, version }) => `${name}=${version}`);
  await aptGet(apt, ['download', ...wanted], downloads);
  for (const file of readdirSync(downloads)) {
    const archive = join(downloads, file);
    const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
    if (!packages.some(({ sha256 }) => sha256 === digest)) throw new Error(`${file} is not the pinned one`);
    await told('dpkg-deb', ['--extract', archive, root]);
  }
  for (const folder of ['apt', 'downloads']) rmSync(join(root, folder), { recursive: true });
  const libraries = join(root, FOLDER);
  return [join(libraries, 'ld-linux-x86-64.so.2'), '--library-path', libraries];
}

/** A configuration of apt of its own, with lists of that release: the machine's own stays as it is. */
async function aptFor(root: string): Promise<string> {
  const listed = await told('apt-get', [
    'indextargets',
    '--format',
    '$(ORIGIN) $(COMPONENT) $(REPO_URI)',
    'Created-By: Packages',
  ]);
  const mirror = /^Debian main (\S+)$/m.exec(listed)?.[1];
  if (mirror === undefined) throw new EnvironmentLack('apt has no mirror of Debian here');
  for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(root, 'apt', folder), { recursive: true });
  }
  const [sources, configuration] = [join(root, 'apt/sources.list'), join(root, 'apt/apt.conf')];
  writeFileSync(sources, `deb [arch=amd64 signed-by=${KEYRING}] ${mirror} ${RELEASE} main\n`);
  writeFileSync(
    configuration,
    `Dir::Etc::SourceList "${sources}";
Dir::Etc::SourceParts "/dev/null";
Dir::State "${join(root, 'apt/state')}";
Dir::State::Status "/dev/null";
Dir::Cache "${join(root, 'apt/cache')}";
APT::Sandbox::User "";
`,
  );
  await aptGet(configuration, ['update', '--error-on=any'], root);
  return configuration;
}

async function aptGet(configuration: string, args: readonly string[], cwd: string): Promise<void> {
  const setting = { cwd, env: { ...process.env, APT_CONFIG: configuration } };
  await told('apt-get', ['-qq', ...args], setting).catch((error: Error) => {
    throw new EnvironmentLack(`the libraries of Debian ${RELEASE} cannot be fetched: ${error.message}`);
  });
}
