/**
 * Runs a command of this program as a process of its own: what it does with native code, memory and credentials ends with it, and it
 * is ended at a deadline.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import { formatDuration } from '../config/duration.ts';
import { PipelineError } from './pipeline-error.ts';

export interface Command {
  /** Behind `ortolan`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

export interface CommandEnd {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export type RunCommand = (command: Command) => Promise<CommandEnd>;

/** Of each stream; the beginning is kept. */
const MAX_OUTPUT = 4 * 1024 * 1024;
const GRACE_MS = 5000;

/** `program`: what starts ours, with its first arguments. */
export const runner =
  (program: readonly string[], clock: Clock): RunCommand =>
  async ({ args, env, deadlineMs, signal }) => {
    signal.throwIfAborted();
    const [file, ...first] = program;
    const child = spawn(file!, [...first, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err] = [kept(child.stdout), kept(child.stderr)];
    let late = false;
    let unkill: (() => void) | undefined;
    const end = (): void => {
      child.kill('SIGTERM');
      unkill ??= clock.after(GRACE_MS, () => child.kill('SIGKILL'));
    };
    const untime = clock.after(deadlineMs, () => {
      late = true;
      end();
    });
    signal.addEventListener('abort', end, { once: true });
    try {
      const [code] = (await once(child, 'close')) as [number | null];
      signal.throwIfAborted();
      if (late) {
        const name = args.slice(0, 2).join(' ');
        throw new PipelineError(`ortolan ${name} had not finished within ${formatDuration(deadlineMs)}`);
      }
      return { code, out: out(), err: err() };
    } finally {
      untime();
      unkill?.();
      signal.removeEventListener('abort', end);
    }
  };

function kept(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (more: string) => {
    if (text.length < MAX_OUTPUT) text += more.slice(0, MAX_OUTPUT - text.length);
  });
  return () => text;
}

/** Why it failed, in its own words. */
export function reasonOf({ code, err, out }: CommandEnd): string {
  const said = (err.trim() === '' ? out : err)
    .trim()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('warning: '))
    .slice(-3)
    .join(' ')
    .replace(/^ortolan: /, '');
  return said === '' ? `it ended with ${code ?? 'a signal'}` : said;
}
