/** Servers of stores and registries for tests, each a process of its own that ends with its test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, globSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { withDescendants } from '../../tools/process/descendants.ts';
import { freePort } from '../../tools/process/free-port.ts';
import { onPath } from '../../tools/process/on-path.ts';
import { EnvironmentLack, environmentOf, told } from '../../src/python/environment.ts';

type TestContext = Pick<Test, 'teardown'>;

const PINNED = join(import.meta.dirname, 'pinned');
const PYTHONS = ['3.11', '3.12'];
const LONGEST_START_MS = 180_000;

/** The folder with the programs of the environment pinned/requirements-NAME.txt. */
export const programsOf = (name: string): Promise<string> => environmentOf(PINNED, name, PYTHONS);

/** The program that the wheel of fake-gcs-server brings for this machine. @throws EnvironmentLack */
export function fakeGcsIn(bin: string): string {
  const [found] = globSync(
    join(bin, '../lib/python3*/site-packages/fake_gcs_server_*/vendor/**/fake-gcs-server-linux-amd64'),
  );
  if (found === undefined || process.arch !== 'x64')
    throw new EnvironmentLack('the wheel has no fake-gcs-server for this machine');
  chmodSync(found, 0o755);
  return found;
}

/** Starts a program; resolves with its address when `path` answers with any status. `stop` ends it early. */
export async function startStore(
  t: TestContext,
  program: string,
  args: (port: number) => readonly string[],
  {
    path = '/',
    env = {},
    cwd,
    port: wanted,
  }: { path?: string; env?: Record<string, string>; cwd?: string; port?: number } = {},
): Promise<{ readonly url: string; readonly port: number; readonly stop: () => Promise<void> }> {
  const port = wanted ?? (await freePort());
  const child = spawn(program, args(port), {
    env: { ...process.env, ...env },
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-4000)));
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) withDescendants(child.pid!).forEach(kill);
    await ended;
  };
  t.teardown(stop);
  const url = `http://127.0.0.1:${port}`;
  const until = Date.now() + LONGEST_START_MS;
  for (;;) {
    const answers = await fetch(`${url}${path}`).then(
      () => true,
      () => false,
    );
    if (answers) return { url, port, stop };
    if (child.exitCode !== null || Date.now() > until) throw new Error(`${program} did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Some stores are several processes: those below the first would live on, and keep its output and the test open. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

/** Debian's docker-registry, from its package, which is unpacked and not installed. @throws EnvironmentLack */
export async function registryProgram(): Promise<string> {
  const installed = onPath('docker-registry');
  if (installed !== undefined) return installed;
  const root = join(PINNED, '.venv/docker-registry');
  const program = join(root, 'usr/bin/docker-registry');
  if (existsSync(program)) return program;
  if (onPath('apt-get') === undefined || onPath('dpkg-deb') === undefined)
    throw new EnvironmentLack('there is neither docker-registry nor apt-get on this machine');
  mkdirSync(root, { recursive: true });
  await told('apt-get', ['-qq', 'download', 'docker-registry'], { cwd: root }).catch((error: Error) => {
    throw new EnvironmentLack(`docker-registry cannot be fetched: ${error.message}`);
  });
  const [archive] = readdirSync(root).filter((name) => name.endsWith('.deb'));
  await told('dpkg-deb', ['--extract', join(root, archive!), root]);
  return program;
}

/** `htpasswd`: lines of that file, for a registry that asks who calls. */
export async function startRegistry(t: Test, program: string, htpasswd?: string) {
  const folder = t.testdir();
  const auth =
    htpasswd === undefined ? '' : `auth:\n  htpasswd:\n    realm: tests\n    path: ${folder}/htpasswd\n`;
  if (htpasswd !== undefined) writeFileSync(join(folder, 'htpasswd'), htpasswd);
  const port = await freePort();
  const config = `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${folder}/data\nhttp:\n  addr: 127.0.0.1:${port}\n${auth}`;
  writeFileSync(join(folder, 'config.yml'), config);
  const store = await startStore(t, program, () => ['serve', join(folder, 'config.yml')], {
    path: '/v2/',
    port,
  });
  return { ...store, folder };
}
