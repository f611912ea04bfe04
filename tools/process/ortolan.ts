/**
 * A server of ours as a process: started by bin/ortolan on a free port, without a log line for each request, and waited for
 * until every version is loaded. Never left behind: stop() waits until it is gone, and one that does not start is killed.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ended, hasEnded } from './child-end.ts';
import { pinned } from './pinning.ts';
import { withDescendants } from './descendants.ts';

/** Of this repository. */
export const ROOT = join(import.meta.dirname, '../..');

export interface StartOptions {
  /** The checkout whose server it is; this one when undefined. Nothing of it is used but bin/ortolan and options. */
  readonly root?: string;
  /** What `make build` has made, started as the image does, and not the sources. */
  readonly dist?: boolean;
  /** A model repository; the one of the checkout when undefined. */
  readonly models?: string;
  readonly args?: readonly string[];
  /** As taskset takes them: `0`, `0-1`. */
  readonly cores?: string;
  /** Files of control groups to write the process id to before the server is executed. */
  readonly groups?: readonly string[];
}

export interface Ortolan {
  readonly name: 'ortolan';
  /** http://host:port */
  readonly origin: string;
  /** Where the default model is asked. */
  readonly url: string;
  /** Where this model, or version of it, is asked. */
  readonly urlOf: (model: string, version?: string) => string;
  /** Of a request whose body is a photograph. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyOf: (photograph: Buffer) => Buffer;
  /** Milliseconds from exec to the log line that says ready. */
  readonly startMs: number;
  /** Its supervisor, the server, and processes below it. */
  readonly pids: () => readonly number[];
  /** Ends it without waiting for load balancers. */
  readonly stop: () => Promise<void>;
  /** Sends one signal, as a supervisor does, and resolves when the process has ended by itself. */
  readonly end: (signal: NodeJS.Signals) => Promise<Exit>;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Whoever loads a server with the same bodies again and again measures it, not its cache; a flag turns that on. */
const ENVIRONMENT = { ...process.env, ORTOLAN_ANSWER_CACHE_BYTES: '0' };
/** Compiled code is kept where the image's environment says it, since bin/ortolan does not. */
const IN_IMAGE = { ORTOLAN_CACHE_DIR: join(tmpdir(), 'ortolan-bench', 'cache'), ...ENVIRONMENT };

const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;
const POLL_MS = 30;
/** Signals that come sooner after each other are taken as one: src/root/supervised.ts. */
const SECOND_SIGNAL_MS = 150;
const STDERR_TAIL = 2000;

/** Resolves when every version is loaded. @throws Error with the end of its stderr when it does not start */
export async function startOrtolan(options: StartOptions = {}): Promise<Ortolan> {
  const { root = ROOT, models, groups = [] } = options;
  const serve = ['serve', '--port', '0', '--log-sample', '0'];
  if (models !== undefined) serve.push('--models', models);
  serve.push(...(options.args ?? []));
  const [executable, more] = options.dist === true ? distOf(root) : [join(root, 'bin/ortolan'), []];
  const [command, words] = pinned(options.cores, executable, [...more, ...serve]);
  // The shell puts itself into the groups and becomes the server: it never ran outside of its limits.
  const joining = groups.map((file) => `echo $$ > '${file}'; `).join('');
  const [program, args] =
    groups.length === 0 ? [command, words] : ['sh', ['-c', `${joining}exec "$@"`, 'sh', command, ...words]];
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: root,
    env: options.dist === true ? IN_IMAGE : ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const origin = await readyAt(child);
  const startMs = performance.now() - startedAt;
  await allLoaded(origin);
  return {
    name: 'ortolan',
    origin,
    url: `${origin}/v1/predict`,
    urlOf: (model, version) =>
      `${origin}/v1/models/${model}${version === undefined ? '' : `/versions/${version}`}/predict`,
    headers: { 'content-type': 'image/jpeg' },
    bodyOf: (photograph) => photograph,
    startMs,
    pids: () => (hasEnded(child) ? [] : withDescendants(child.pid!)),
    stop: () => stop(child),
    end: (signal) => end(child, signal),
  };
}

/** The program and its arguments before the command, as the entry point of the image. @throws Error when nothing was built */
function distOf(root: string): [executable: string, more: string[]] {
  const main = join(root, 'dist/src/main.js');
  if (!existsSync(main)) throw new Error(`there is no ${main}: run \`make build\``);
  return ['sh', [join(root, 'bin/supervise'), process.execPath, '--max-semi-space-size=2', main]];
}

/** Its address, once it is ready. @throws Error when it ends before, or takes too long */
async function readyAt(child: Child): Promise<string> {
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr = (stderr + text.toString()).slice(-STDERR_TAIL)));
  const origin = await Promise.race([originOf(child), once(child, 'exit').then(() => undefined)]);
  if (origin !== undefined) return origin;
  child.kill('SIGKILL');
  throw new Error(`the server did not start: ${stderr.trim()}`);
}

/** Reads the log until it says ready, and goes on reading, or the pipe would fill. */
function originOf(child: Child): Promise<string | undefined> {
  return new Promise((resolve) => {
    const give = setTimeout(() => resolve(undefined), START_WITHIN_MS);
    let origin = '';
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (!text.startsWith('{')) return;
      const line = JSON.parse(text) as { message?: string; url?: string };
      if (line.message === 'listening') origin = line.url ?? '';
      if (line.message !== 'ready') return;
      clearTimeout(give);
      resolve(origin);
    });
  });
}

/** Versions other than the default one load while the server serves; those on demand wait for a request. */
async function allLoaded(origin: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${origin}/v1/models`);
    if (!/"state":"(loading)"/.test(await answer.text())) return;
    await new Promise((resolve) => void setTimeout(resolve, POLL_MS));
  }
}

async function stop(child: Child): Promise<void> {
  // The second signal skips the quiet second in which a server waits for load balancers.
  const again = setTimeout(() => child.kill('SIGTERM'), SECOND_SIGNAL_MS);
  const hung = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended(child, () => child.kill('SIGTERM'));
  clearTimeout(again);
  clearTimeout(hung);
}

async function end(child: Child, signal: NodeJS.Signals): Promise<Exit> {
  await ended(child, () => child.kill(signal));
  return { code: child.exitCode, signal: child.signalCode };
}
