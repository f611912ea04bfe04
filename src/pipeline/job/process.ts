/**
 * A job as a process here, the first of a group of its own: what it starts ends with it. It is ended at its deadline, when
 * the pipeline stops, and, when the pipeline was killed, by the next one that finds it by its note.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../../clock.ts';
import { formatDuration } from '../../config/duration.ts';
import { isAlive, self, startOf } from '../lock.ts';
import { PipelineError } from '../pipeline-error.ts';
import type { Job, JobOrder } from './job.ts';

/** What is known of the process, for whoever comes after a pipeline that was killed. */
const NOTE = 'process.json';
export const OUTPUT = 'output.log';

/** After SIGTERM a trainer has so long to end by itself. */
const GRACE_MS = 5000;
/** After its end, for what is in the pipes still. */
const DRAIN_MS = 500;
/** Of what it prints, the rest is dropped: it would fill the disk. */
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
/** Of the end of what it printed, for the reason of a failure. */
const TAIL_BYTES = 600;

export class ProcessJob implements Job {
  readonly kind = 'process';
  readonly outlives = false;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async run(order: JobOrder): Promise<void> {
    endLeftOver(order.notes);
    const { command, folder, env, notes, deadlineMs, signal } = order;
    signal.throwIfAborted();
    const [program, ...args] = command;
    const child = spawn(program!, args, {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const output = keepOutput(join(notes, OUTPUT), child.stdout, child.stderr);
    const ended = endOf(child, program!);
    const closed = new Promise<void>((resolve) => void child.once('close', () => resolve()));
    if (child.pid !== undefined) note(notes, child.pid);
    let why: 'deadline' | 'stopped' | undefined;
    const end = (reason: 'deadline' | 'stopped'): void => {
      why ??= reason;
      killGroup(child.pid, 'SIGTERM');
      unkill = this.#clock.after(GRACE_MS, () => killGroup(child.pid, 'SIGKILL'));
    };
    let unkill: (() => void) | undefined;
    const untime = this.#clock.after(deadlineMs, () => end('deadline'));
    const stop = (): void => end('stopped');
    signal.addEventListener('abort', stop, { once: true });
    try {
      const how = await ended;
      // What it has started may live on, hold its output open, and write into the folder of the candidate.
      killGroup(child.pid, 'SIGKILL');
      await this.#drained(closed, child);
      const tail = output.close();
      if (why === 'stopped') signal.throwIfAborted();
      if (why === 'deadline')
        throw new PipelineError(
          `the job was ended because it had not finished within ${formatDuration(deadlineMs)}${tail}`,
        );
      if (how !== undefined) throw new PipelineError(`the job ${how}${tail}`);
    } finally {
      output.close();
      untime();
      unkill?.();
      signal.removeEventListener('abort', stop);
      rmSync(join(notes, NOTE), { force: true });
    }
  }

  /** Reads what is left in the pipes. A process that has left the group may hold them open for ever. */
  async #drained(closed: Promise<void>, { stdout, stderr }: ChildProcess): Promise<void> {
    let untime: (() => void) | undefined;
    const enough = new Promise<void>((resolve) => (untime = this.#clock.after(DRAIN_MS, resolve)));
    await Promise.race([closed, enough]);
    untime?.();
    stdout?.destroy();
    stderr?.destroy();
  }
}

/** How it ended; undefined: as it should. */
async function endOf(child: ChildProcess, program: string): Promise<string | undefined> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (code === 0) return undefined;
    return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `could not be started: ${program} (${code})`;
  }
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of them have ended.
  }
}

function note(notes: string, pid: number): void {
  const { host, boot } = self();
  const file = join(notes, NOTE);
  writeFileSync(`${file}.part`, JSON.stringify({ host, boot, pid, started: startOf(pid) }));
  renameSync(`${file}.part`, file);
}

/** Ends the process of a pipeline that was killed; one of another machine, or with that number by chance, is let alone. */
export function endLeftOver(notes: string): void {
  const file = join(notes, NOTE);
  let left: { host?: string; boot?: string; pid?: number; started?: string };
  try {
    left = JSON.parse(readFileSync(file, 'utf8')) as typeof left;
  } catch {
    return;
  }
  const { host, boot } = self();
  const { pid } = left;
  const same = left.host === host && left.boot === boot && typeof pid === 'number' && pid > 1;
  if (same && isAlive(pid) && startOf(pid) === left.started) killGroup(pid, 'SIGKILL');
  rmSync(file, { force: true });
}

/** Keeps what both streams bring in a file, up to a limit. The trainer never waits for a reader, and ends when there is none. */
function keepOutput(file: string, ...streams: readonly Readable[]): { close(): string } {
  const descriptor = openSync(file, 'w', 0o640);
  let bytes = 0;
  let tail = '';
  let closed = false;
  for (const stream of streams) {
    stream.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString('utf8')).slice(-TAIL_BYTES);
      if (closed || bytes >= MAX_OUTPUT_BYTES) return;
      const kept = chunk.subarray(0, MAX_OUTPUT_BYTES - bytes);
      try {
        bytes += writeSync(descriptor, kept);
      } catch {
        bytes = MAX_OUTPUT_BYTES; // The disk is full: the trainer is not to fail for its messages.
      }
    });
  }
  return {
    close() {
      if (!closed) closeSync(descriptor);
      closed = true;
      const last = tail.trim().split('\n').at(-1) ?? '';
      return last === '' ? '' : `: ${last}`;
    },
  };
}
