/**
 * The server of a checkout, started as `make run` starts it there, on a free port. (bench/server.ts starts the one of the
 * working tree, and may know options that an older commit lacks.) stop() resolves when it is gone.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Checkout } from './checkout.ts';

export interface Rival {
  readonly name: string;
  readonly origin: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;
const POLL_MS = 50;
const STDERR_TAIL = 2000;

/**
 * Asked for only where the commit has them. Waiting is the point of a saturated closed loop, and each commit compiles its
 * own models.
 */
const WISHES = (cacheFolder: string): readonly (readonly [flag: string, value: string])[] => [
  ['--slo-p99-ms', '10000'],
  ['--log-sample', '0'],
  ['--cache-dir', cacheFolder],
];

/** Resolves when every version is loaded. @throws Error with the end of its stderr when it does not start */
export async function startRival({ name, root }: Checkout, cacheFolder: string): Promise<Rival> {
  const launcher = join(root, 'bin/ortolan');
  const help = spawnSync(launcher, ['serve', '--help'], { cwd: root, encoding: 'utf8' }).stdout;
  const wishes = WISHES(cacheFolder).filter(([flag]) => help.includes(flag));
  const child = spawn(launcher, ['serve', '--host', '127.0.0.1', '--port', '0', ...wishes.flat()], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr = (stderr + text.toString()).slice(-STDERR_TAIL)));
  const origin = await Promise.race([originOf(child), once(child, 'exit').then(() => undefined)]);
  if (origin === undefined) {
    child.kill('SIGKILL');
    throw new Error(`The server of ${name} did not start: ${stderr.trim()}`);
  }
  await allLoaded(origin);
  return { name, origin, pid: child.pid!, stop: () => stop(child) };
}

/** Reads the log until it says ready, and goes on reading, or the pipe would fill. */
function originOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    const give = setTimeout(() => resolve(undefined), START_WITHIN_MS);
    let origin = '';
    createInterface({ input: child.stdout! }).on('line', (text) => {
      if (!text.startsWith('{')) return;
      const line = JSON.parse(text) as { message?: string; url?: string };
      if (line.message === 'listening') origin = line.url ?? '';
      if (line.message !== 'ready') return;
      clearTimeout(give);
      resolve(origin);
    });
  });
}

/** Versions other than the default one load while the server serves. */
async function allLoaded(origin: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${origin}/v1/models`);
    if (!/"state":"(waiting|loading)"/.test(await answer.text())) return;
    await new Promise((resolve) => void setTimeout(resolve, POLL_MS));
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  // The second signal skips the quiet second in which a server waits for load balancers.
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGTERM'), POLL_MS);
  const hung = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(hung);
}
