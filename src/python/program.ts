/**
 * Runs a program of Python that talks in lines of JSON on its stdout: `{"step": "...", "done": 3, "of": 10}` as often as it likes, and one
 * last `{"result": {...}}` or `{"refused": "A sentence."}`. Other lines are passed over: libraries print what they like. It ends with this
 * process, and when it is told to stop.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';

/** What it was given cannot be done: the message is a sentence for people. */
export class ProgramRefused extends Error {
  override readonly name = 'ProgramRefused';
}

export interface ProgramCall {
  /** The Python of an environment. */
  readonly python: string;
  /** A script, or a folder with __main__.py. */
  readonly program: string;
  /** Is its only argument, as JSON. */
  readonly task: Readonly<Record<string, unknown>>;
  readonly onStep?: (step: string, done: number, of: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** Beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

const STDERR_TAIL = 2000;
/** Of its priority: 0 is usual, 19 the lowest. */
const LOWER = 10;

/** Its result. @throws ProgramRefused; Error with the end of its stderr when it failed; AbortError */
export async function resultOf({
  python,
  program,
  task,
  onStep = () => undefined,
  signal,
  env = {},
}: ProgramCall): Promise<Readonly<Record<string, unknown>>> {
  signal?.throwIfAborted();
  const child = spawn(python, [program, JSON.stringify(task)], {
    env: {
      ...process.env,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      OMP_WAIT_POLICY: 'PASSIVE',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => void child.kill();
  yieldTo(child.pid);
  process.once('exit', stop);
  signal?.addEventListener('abort', stop);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => (said = (said + more).slice(-STDERR_TAIL)));
  let ended: Said = {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    const read = saidIn(line);
    if (read.step !== undefined) onStep(read.step, read.done ?? 0, read.of ?? 0);
    else if (read.result !== undefined || read.refused !== undefined) ended = read;
  });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    signal?.throwIfAborted();
    if (ended.refused !== undefined) throw new ProgramRefused(ended.refused);
    if (ended.result !== undefined && code === 0) return ended.result;
    throw new Error(`${program} has failed: ${said.trim() || `it ended with ${code ?? 'a signal'}`}`);
  } finally {
    process.removeListener('exit', stop);
    signal?.removeEventListener('abort', stop);
  }
}

/** A server on the same machine goes first. */
function yieldTo(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, LOWER);
  } catch {
    // It has ended already, or the system does not allow it: it runs as it is.
  }
}

interface Said {
  readonly step?: string;
  readonly done?: number;
  readonly of?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly refused?: string;
}

/** A line that the program means; empty for any other. */
export function saidIn(line: string): Said {
  if (!line.startsWith('{')) return {};
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return {};
  }
  const { step, done, of, result, refused } = json as Record<string, unknown>;
  const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
  if (typeof refused === 'string') return { refused };
  if (typeof result === 'object' && result !== null) return { result: result as Record<string, unknown> };
  return typeof step === 'string' ? { step, done: number(done), of: number(of) } : {};
}
