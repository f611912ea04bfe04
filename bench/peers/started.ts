/**
 * A peer as a running group of processes: started, probed with a photograph until it answers 200, and ended with
 * everything that it started. It never leaves a process behind, nor a port taken: not when it fails to start either.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { hasEnded } from '../../tools/process/child-end.ts';
import { isFree } from '../../tools/process/free-port.ts';
import { liveProcesses, treeOf, type Process } from './process-tree.ts';
import { post } from './post.ts';

const START_WITHIN_MS = 120_000;
const TERM_WITHIN_MS = 8000;
const KILL_WITHIN_MS = 10_000;
const POLL_MS = 25;
const PROBE_WITHIN_MS = 20_000;
const OUTPUT_TAIL = 4000;

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
  /** A request that the server answers 200 when it is ready. */
  readonly probe: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
    /** Whether this body of an answer 200 names the right class: the speed of wrong answers would mean nothing. */
    readonly isRight: (answer: string) => boolean;
  };
}

export class Started {
  /** Milliseconds from exec to the first answer 200. */
  readonly startMs: number;
  readonly #group: Group;
  readonly #port: number;

  private constructor(group: Group, port: number, startMs: number) {
    this.#group = group;
    this.#port = port;
    this.startMs = startMs;
  }

  /** @throws Error with the end of the server's output when it ends, or does not answer rightly within two minutes */
  static async of(launch: Launch): Promise<Started> {
    const startedAt = performance.now();
    const group = new Group(launch);
    try {
      await group.answering(startedAt + START_WITHIN_MS);
      return new Started(group, launch.port, performance.now() - startedAt);
    } catch (error) {
      await group.end();
      throw error;
    }
  }

  pids(): readonly number[] {
    return this.#group.processes().map(({ pid }) => pid);
  }

  /** Resolves when its processes are gone and its port is free. Safe to call twice. @throws Error when they stay */
  async stop(): Promise<void> {
    await this.#group.end();
    const deadline = performance.now() + KILL_WITHIN_MS;
    while (!(await isFree(this.#port))) {
      if (performance.now() > deadline) throw new Error(`port ${this.#port} is still taken`);
      await pause();
    }
  }
}

class Group {
  readonly #launch: Launch;
  readonly #child: ChildProcess;
  #output = '';
  /** Found once, right after its start: later its pid could be another's. */
  readonly #root: Process | undefined;
  /** All that were ever seen and still live: one whose parent has ended is not found from the root any more. */
  #seen: Process[] = [];
  readonly #onExit = (): void => this.#signal('SIGKILL');

  constructor(launch: Launch) {
    this.#launch = launch;
    const { command, args, cwd, env } = launch;
    // Detached: a session and a group of its own, so that a signal for it reaches none of ours.
    this.#child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on(
        'data',
        (text: Buffer) => (this.#output = (this.#output + text.toString()).slice(-OUTPUT_TAIL)),
      );
    }
    this.#child.on('error', (error) => (this.#output += error.message));
    process.once('exit', this.#onExit);
    this.#root = liveProcesses().find(({ pid }) => pid === this.#child.pid);
    this.#seen = this.#root === undefined ? [] : [this.#root];
  }

  processes(): readonly Process[] {
    this.#seen = treeOf(this.#root === undefined ? [] : [this.#root, ...this.#seen], liveProcesses());
    return this.#seen;
  }

  async answering(deadline: number): Promise<void> {
    const { url, headers, body, isRight } = this.#launch.probe;
    let last = 'it did not listen';
    while (performance.now() < deadline) {
      if (hasEnded(this.#child)) {
        last = 'it ended';
        break;
      }
      try {
        const answer = await post(url, headers, body, PROBE_WITHIN_MS);
        if (answer.status === 200 && isRight(answer.body)) return;
        last = `it answered ${answer.status} ${answer.body.slice(0, 300)}`;
      } catch {
        // It does not listen yet.
      }
      this.processes();
      await pause();
    }
    throw new Error(`the server did not start: ${last}: ${this.#output.trim()}`);
  }

  async end(): Promise<void> {
    process.off('exit', this.#onExit);
    await this.#endWith('SIGTERM', TERM_WITHIN_MS);
    if (!(await this.#endWith('SIGKILL', KILL_WITHIN_MS)))
      throw new Error('processes of the server do not end');
    while (!hasEnded(this.#child)) await once(this.#child, 'exit');
  }

  async #endWith(signal: NodeJS.Signals, withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    this.#signal(signal);
    while (this.processes().length > 0) {
      if (performance.now() > deadline) return false;
      await pause();
      // Who came after the first signal has not had it; a termination is asked for once only.
      if (signal === 'SIGKILL') this.#signal(signal);
    }
    return true;
  }

  #signal(signal: NodeJS.Signals): void {
    for (const { pid } of this.processes()) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended since.
      }
    }
  }
}

const pause = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, POLL_MS));
