/**
 * A real proxy before several servers of this machine: nginx or HAProxy, as their packages bring them, run by whoever
 * runs this, with nginx.conf or haproxy.cfg of this folder filled in. Everything that it writes lies in a temporary
 * folder, and both are gone after stop().
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, hasEnded } from '../../tools/process/child-end.ts';
import { steadyPort } from './port.ts';

export type ProxyName = 'nginx' | 'haproxy';

export const PROXIES: readonly ProxyName[] = ['haproxy', 'nginx'];

const START_WITHIN_MS = 10_000;
const FORCE_AFTER_MS = 1000;
const POLL_MS = 20;
const STDERR_TAIL = 2000;

interface Kind {
  readonly config: string;
  /** Where the package puts it: /usr/sbin is not on everybody's PATH. */
  readonly places: readonly string[];
  readonly serverLine: (address: string) => string;
  readonly args: (config: string, folder: string) => string[];
  /** Closes what it has open when the last answer is given. */
  readonly signal: NodeJS.Signals;
}

const KINDS: Readonly<Record<ProxyName, Kind>> = {
  nginx: {
    config: 'nginx.conf',
    places: ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx'],
    serverLine: (address) => `server ${address} max_fails=0;`,
    args: (config, folder) => ['-p', folder, '-c', config, '-e', 'stderr'],
    signal: 'SIGQUIT',
  },
  haproxy: {
    config: 'haproxy.cfg',
    places: ['haproxy', '/usr/sbin/haproxy', '/usr/local/sbin/haproxy'],
    serverLine: (address) => `server ${address} ${address}`,
    args: (config) => ['-db', '-f', config],
    signal: 'SIGUSR1',
  },
};

export interface Proxy {
  /** `haproxy 2.6.12` */
  readonly version: string;
  readonly origin: string;
  readonly stop: () => Promise<void>;
}

/** Its name and version; undefined when it is not on this machine. */
export function proxyVersion(name: ProxyName): string | undefined {
  const command = commandOf(name);
  if (command === undefined) return undefined;
  const { stdout, stderr } = spawnSync(command, ['-v'], { encoding: 'utf8' });
  return `${name} ${/\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? ''}`.trim();
}

/**
 * Starts it before these addresses (`127.0.0.1:8001`), and resolves when it takes connections.
 * @throws Error with its own words when it does not start
 */
export async function startProxy(name: ProxyName, addresses: readonly string[]): Promise<Proxy> {
  const { config, serverLine, args, signal } = KINDS[name];
  const command = commandOf(name);
  if (command === undefined) throw new Error(`${name} is not on this machine`);
  const folder = mkdtempSync(join(tmpdir(), `ortolan-${name}-`));
  chmodSync(folder, 0o711); // Started by root, nginx's worker is another user.
  const port = await steadyPort();
  const file = join(folder, config);
  const words = {
    FOLDER: folder,
    LISTEN: `127.0.0.1:${port}`,
    SERVERS: addresses.map(serverLine).join('\n    '),
  };
  const template = readFileSync(join(import.meta.dirname, config), 'utf8');
  writeFileSync(
    file,
    template.replaceAll(/^([^#\n]*)@([A-Z]+)@/gm, (whole, before: string, word: string) =>
      word in words ? before + words[word as keyof typeof words] : whole,
    ),
  );
  const child = spawn(command, args(file, folder), { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr = (stderr + text.toString()).slice(-STDERR_TAIL)));
  const proxy: Proxy = {
    version: proxyVersion(name) ?? name,
    origin: `http://127.0.0.1:${port}`,
    stop: async () => {
      await stop(child, signal);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  for (const until = performance.now() + START_WITHIN_MS; !(await takes(port));) {
    if (!hasEnded(child) && performance.now() < until) continue;
    await proxy.stop();
    throw new Error(`${name} did not start: ${stderr.trim()}`);
  }
  return proxy;
}

function commandOf(name: ProxyName): string | undefined {
  return KINDS[name].places.find((place) => spawnSync(place, ['-v']).error === undefined);
}

/** Whether a connection can be opened; tells so a moment later when it cannot. */
function takes(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => void setTimeout(() => resolve(false), POLL_MS));
    socket.once('connect', () => socket.destroy());
  });
}

/** Gently, and by force when connections that clients keep would make that take long. */
async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const late = setTimeout(() => child.kill('SIGTERM'), FORCE_AFTER_MS);
  await ended(child, () => child.kill(signal));
  clearTimeout(late);
}
