/**
 * A server of ours that was just spawned, waited for until every version of it is loaded. Readiness is read off its log.
 * Never left behind: stop() waits until it is gone, and a server that does not start is killed.
 */
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ended, hasEnded } from './child-end.ts';

/** A child whose log and complaints can be read. */
export type Spawned = ChildProcessByStdio<null, Readable, Readable>;

export interface Launched {
  /** http://host:port */
  readonly origin: string;
  /** Milliseconds from exec to the log line that says ready. */
  readonly readyMs: number;
  readonly pids: () => readonly number[];
  /** Ends it in a hurry. */
  readonly stop: () => Promise<void>;
  /** Sends one signal, as a supervisor does, and resolves when the process has ended by itself. */
  readonly end: (signal: NodeJS.Signals) => Promise<Exit>;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;
const POLL_MS = 30;
const STDERR_TAIL = 2000;

/** `startedAt`: of `performance.now()`. @throws Error with the end of its stderr when it does not start */
export async function launched(child: Spawned, startedAt: number): Promise<Launched> {
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr = (stderr + text.toString()).slice(-STDERR_TAIL)));
  const origin = await Promise.race([originOf(child), once(child, 'exit').then(() => undefined)]);
  const readyMs = performance.now() - startedAt;
  if (origin === undefined) {
    child.kill('SIGKILL');
    throw new Error(`the server did not start: ${stderr.trim()}`);
  }
  await allLoaded(origin);
  return {
    origin,
    readyMs,
    pids: () => (hasEnded(child) ? [] : [child.pid!]),
    stop: () => stop(child),
    end: (signal) => end(child, signal),
  };
}

/** Reads the log until it says ready, and goes on reading, or the pipe would fill. */
function originOf(child: Spawned): Promise<string | undefined> {
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

/** Versions other than the default one load while the server serves. */
async function allLoaded(origin: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${origin}/v1/models`);
    if (!/"state":"(waiting|loading)"/.test(await answer.text())) return;
    await new Promise((resolve) => void setTimeout(resolve, POLL_MS));
  }
}

async function stop(child: Spawned): Promise<void> {
  // The second signal skips the quiet second in which a server waits for load balancers.
  const again = setTimeout(() => child.kill('SIGTERM'), POLL_MS);
  const hung = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended(child, () => child.kill('SIGTERM'));
  clearTimeout(again);
  clearTimeout(hung);
}

async function end(child: Spawned, signal: NodeJS.Signals): Promise<Exit> {
  await ended(child, () => child.kill(signal));
  return { code: child.exitCode, signal: child.signalCode };
}
