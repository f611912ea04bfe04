/**
 * A replacement for the base image where no registry of images is reached: Debian 13 by debootstrap, from the mirror
 * that this machine uses, with this checkout's Node.js and the machine's npm. It has what the Dockerfile
 * needs, and nothing else. Needs root, debootstrap and podman. The machine's certificates and npm registry are copied into it.
 */
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { onPath } from '../../tools/process/on-path.ts';
import { isThere, output, run } from './command.ts';

const RELEASE = 'trixie';
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const NPM = '/usr/local/lib/node_modules/npm';

/** Why it cannot be made here, as part of a sentence; undefined where it can. */
export function lackOfBase(): string | undefined {
  const missing = ['debootstrap', 'podman', 'tar', 'npm'].filter((name) => !isThere(name));
  if (missing.length > 0) return `there is no ${missing.join(', no ')} on this machine`;
  return process.getuid?.() === 0 ? undefined : 'debootstrap needs root';
}

/** Makes it in `folder` and imports it as `tag`. Takes about half a minute. @throws Error */
export async function makeBase(tag: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const root = join(folder, 'root');
  const mirror = await debianMirror();
  await run('debootstrap', [
    '--variant=minbase',
    '--include=ca-certificates,libstdc++6',
    RELEASE,
    root,
    ...(mirror === undefined ? [] : [mirror]),
  ]);
  copy(process.execPath, join(root, 'usr/local/bin/node'));
  chmodSync(join(root, 'usr/local/bin/node'), 0o755);
  // bin/npm-cli.js of its package, by a link.
  const npm = resolve(realpathSync(onPath('npm')!), '../..');
  mkdirSync(dirname(join(root, NPM)), { recursive: true });
  cpSync(npm, join(root, NPM), { recursive: true, dereference: true });
  symlinkSync(join(NPM, 'bin/npm-cli.js'), join(root, 'usr/local/bin/npm'));
  if (existsSync(CERTIFICATES)) copy(CERTIFICATES, join(root, CERTIFICATES));
  const archive = join(folder, 'base.tar');
  await run('tar', ['--create', `--file=${archive}`, `--directory=${root}`, '.']);
  const settings = [`NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, `NPM_CONFIG_REGISTRY=${await registry()}`];
  await run(
    'podman',
    ['import', ...settings.flatMap((one) => ['--change', `ENV ${one}`]), archive, tag],
    env,
  );
}

const registry = (): Promise<string> => output('npm', ['config', 'get', 'registry']);

/** The mirror of this machine's Debian packages; undefined: debootstrap's default. */
async function debianMirror(): Promise<string | undefined> {
  try {
    const targets = ['--format', '$(REPO_URI)', 'Created-By: Packages', 'Origin: Debian', 'Component: main'];
    const lines = (await output('apt-get', ['indextargets', ...targets])).split('\n');
    return lines.find((line) => /\/debian\/?$/.test(line));
  } catch {
    return undefined;
  }
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
