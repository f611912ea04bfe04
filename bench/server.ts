/**
 * Our own server as a contestant: started from the sources as `make run` starts it, on a free port, without a log
 * line for each request. Readiness is read off its log. Never left behind: stop() waits until it is gone.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Contestant } from './contestant.ts';
import { pinned } from './pinning.ts';
import type { ModelName } from './results.ts';

export const ROOT = join(import.meta.dirname, '..');
export const VERSIONS: Readonly<Record<ModelName, string>> = { fp32: '1', int8: '2' };
const LAUNCHER = join(ROOT, 'bin/ortolan');
const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;
const POLL_MS = 30;
const STDERR_TAIL = 2000;

/** For the runs that saturate: there, waiting is the point, and refusals would only hide the server's speed. */
export const PATIENT: readonly string[] = ['--slo-p99-ms', '25000'];

export interface StartOptions {
  /** A model repository; the one in the box when undefined. */
  readonly models?: string;
  readonly args?: readonly string[];
  readonly cores?: string;
  /** Files of control groups to write the process id to before the server is executed. */
  readonly groups?: readonly string[];
}

export interface Ortolan extends Contestant {
  readonly origin: string;
  /** Milliseconds from exec to the log line that says ready. */
  readonly readyMs: number;
  /** Where this model, or version of it, is asked. */
  readonly urlOf: (model: string, version?: string) => string;
}

/** Resolves when every version is loaded. @throws Error with the end of its stderr when it does not start */
export async function startOrtolan(options: StartOptions = {}): Promise<Ortolan> {
  const { models, args = [], groups = [] } = options;
  const serve = [
    'serve',
    '--port',
    '0',
    '--log-sample',
    '0',
    ...(models === undefined ? [] : ['--models', models]),
    ...args,
  ];
  const [command, words] = pinned(options.cores, LAUNCHER, serve);
  const startedAt = performance.now();
  // The shell puts itself into the groups and becomes the server: it never ran outside of its limits.
  const child =
    groups.length === 0
      ? spawn(command, words, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn(
          'sh',
          [
            '-c',
            `${groups.map((file) => `echo $$ > '${file}'; `).join('')}exec "$@"`,
            'sh',
            command,
            ...words,
          ],
          {
            cwd: ROOT,
            stdio: ['ignore', 'pipe', 'pipe'],
          },
        );
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr = (stderr + text.toString()).slice(-STDERR_TAIL)));
  const log = await Promise.race([readiness(child, startedAt), once(child, 'exit').then(() => undefined)]);
  if (log === undefined) {
    child.kill('SIGKILL');
    throw new Error(`the server did not start: ${stderr.trim()}`);
  }
  await allLoaded(log.origin);
  const urlOf = (model: string, version?: string): string =>
    `${log.origin}/v1/models/${model}${version === undefined ? '' : `/versions/${version}`}/predict`;
  return {
    name: 'ortolan',
    origin: log.origin,
    url: `${log.origin}/v1/predict`,
    urlOf,
    headers: { 'content-type': 'image/jpeg' },
    bodyOf: (photograph) => photograph,
    startMs: log.readyMs,
    readyMs: log.readyMs,
    pids: () => (child.exitCode === null && child.signalCode === null ? [child.pid!] : []),
    stop: () => stop(child),
  };
}

interface Readiness {
  readonly origin: string;
  readonly readyMs: number;
}

/** Reads the log until it says ready, and goes on reading, or the pipe would fill. */
function readiness(child: ChildProcess, startedAt: number): Promise<Readiness | undefined> {
  return new Promise((resolve) => {
    const give = setTimeout(() => resolve(undefined), START_WITHIN_MS);
    let origin = '';
    createInterface({ input: child.stdout! }).on('line', (text) => {
      if (!text.startsWith('{')) return;
      const line = JSON.parse(text) as { message?: string; url?: string };
      if (line.message === 'listening') origin = line.url ?? '';
      if (line.message !== 'ready') return;
      clearTimeout(give);
      resolve({ origin, readyMs: performance.now() - startedAt });
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
