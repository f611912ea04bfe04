/**
 * The sessions of one version in a process of their own, for one worker thread: a native crash, or the loss of its device,
 * takes the batch that runs there, and nothing else. The process is started again after a back-off; meanwhile its batches
 * fail at once, so that the thread goes on with other models.
 *
 * Sessions on a device always are: two threads that use WebGPU at the same time end their process
 * (microsoft/onnxruntime#32561), so that in one process a version could only be loaded while no other serves.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { extname } from 'node:path';
import type { Failure } from '../../src/errors.ts';
import { CPU } from '../../src/thread/device.ts';
import type { Loaded, LoadTask, Width } from '../../src/thread/load.ts';
import type { Output } from '../../src/thread/messages.ts';
import { unavailable } from '../runtime.ts';
import type { ModelSession } from '../session.ts';
import type { Value } from '../values.ts';
import type { Ask, Replies, Reply } from './messages.ts';
import { ProcessDied } from './process-died.ts';

const CHILD = new URL(`./child${extname(import.meta.url)}`, import.meta.url);

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 30_000;
/** Without a death for this long, the back-off begins anew. */
const WINDOW_MS = 60_000;

/** A run is ended when it takes so many times as long as was measured: a little before its thread would be taken for wedged. */
const WEDGED_FACTOR = 18;

/** What the child needs no part of: options of the server may be secrets. */
const OURS = /^(ORTOLAN|OTEL)_/;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class IsolatedSession implements ModelSession {
  report: Loaded;
  readonly #task: LoadTask;
  #child: Child | undefined;
  #deaths: number[] = [];
  #released = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(child: Child, task: LoadTask, report: Loaded) {
    this.#child = child;
    this.#task = task;
    this.report = report;
    this.#follow(child);
  }

  /** As Session.create() and open(). Returns a MODEL_UNAVAILABLE failure also when the process ends meanwhile. */
  static async start(kind: 'create' | 'open', task: LoadTask): Promise<IsolatedSession | Failure> {
    const child = new Child();
    const report = await child
      .ask<'create'>({ kind, task }, task.isolation?.killLoadAfterMs)
      .catch(unavailable);
    if (!('code' in report)) return new IsolatedSession(child, task, report);
    child.end();
    return report;
  }

  /** @throws ProcessDied; Error when the run fails */
  run(values: readonly Value[], width: Width = 'narrow'): Promise<readonly Output[]> {
    const child = this.#usable();
    return child.ask<'run'>({ kind: 'run', values, width }, this.#killAfterMs(values));
  }

  /** @throws ProcessDied; Error when the run fails */
  warm(rows: number, width: Width): Promise<number | undefined> {
    return this.#usable().ask<'warm'>({ kind: 'warm', rows, width });
  }

  widen(): Promise<boolean> {
    return this.#usable()
      .ask<'widen'>({ kind: 'widen' })
      .catch(() => false);
  }

  release(): Promise<void> {
    this.#released = true;
    clearTimeout(this.#timer);
    this.#child?.end();
    return Promise.resolve();
  }

  #usable(): Child {
    if (this.#child !== undefined) return this.#child;
    if (this.#onCpu) throw new ProcessDied('The process of the model has ended, and is being started again.');
    const sentence = `The device ${this.#task.device} was lost, and is being opened again.`;
    throw new ProcessDied(sentence, { losses: this.#recent().length });
  }

  /** A device may be so slow that a run which goes well takes longer than is allowed to one that nothing is known of. */
  #killAfterMs([value]: readonly Value[]): number | undefined {
    const killAfterMs = this.#task.isolation?.killAfterMs;
    const { warmUp, joins } = this.report;
    const [one] = warmUp;
    if (killAfterMs === undefined || one === undefined || this.#onCpu) return killAfterMs;
    const rows = joins.rows ? (value?.shape[0] ?? 1) : 1;
    return Math.max(killAfterMs, WEDGED_FACTOR * one.ms * rows);
  }

  get #onCpu(): boolean {
    return this.#task.device === CPU;
  }

  /** What runs on a device is lost with it, whatever has ended the process: a driver, or a version. */
  #follow(child: Child): void {
    child.onEnd = () => this.#died();
    if (!this.#onCpu)
      child.lossOf = (how) =>
        new ProcessDied(`The device ${this.#task.device} was lost: ${how}`, {
          losses: this.#recent().length + 1,
        });
    this.#child = child;
  }

  #recent(): number[] {
    return this.#deaths.filter((at) => performance.now() - at < WINDOW_MS);
  }

  #died(): void {
    this.#child = undefined;
    if (this.#released) return;
    this.#deaths = [...this.#recent(), performance.now()];
    const delay = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.#deaths.length - 1));
    this.#timer = setTimeout(() => void this.#revive(), delay).unref();
  }

  /** With what the first load has found out: nothing is measured again. */
  async #revive(): Promise<void> {
    const child = new Child();
    const { payingRows: warmUpTo, joins, opened } = this.report;
    const task = { ...this.#task, warmUpTo, joins, served: opened };
    const report = await child
      .ask<'create'>({ kind: 'create', task }, task.isolation?.killLoadAfterMs)
      .catch(unavailable);
    if ('code' in report || this.#released) {
      child.end();
      return this.#died();
    }
    this.#follow(child);
  }
}

/** One process. */
class Child {
  onEnd: () => void = () => undefined;
  /** What is thrown when it ends, for a device. `how`: a sentence without its subject. */
  lossOf: ((how: string) => ProcessDied) | undefined;
  readonly #process: ChildProcess;
  readonly #waiting: Waiting[] = [];
  #ended: ProcessDied | undefined;

  constructor() {
    const ours = Object.entries(process.env).filter(([name]) => !OURS.test(name));
    // A Vulkan driver complains of a desktop that is not there otherwise, as a line of no form.
    const env = { XDG_RUNTIME_DIR: tmpdir(), ...Object.fromEntries(ours) };
    this.#process = fork(CHILD, [], {
      env,
      execArgv: ['--max-semi-space-size=2'],
      // Its output would be lines of no form in the log.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.#expect().catch(() => undefined); // It says when it is up.
    this.#process.on('message', (reply: Reply) => {
      if ('lost' in reply) return this.#lost(reply.error);
      const waiting = this.#waiting.shift();
      if ('error' in reply) waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply.value);
    });
    this.#process.on('error', (error) => this.#end(`could not be started: ${error.message}`));
    this.#process.on('exit', (code, signal) => {
      this.#end(
        signal === null ? `has ended with code ${code}` : `was ended by ${signal}`,
        signal ?? undefined,
      );
    });
  }

  /** `killAfterMs`: it is ended when it has not answered by then. @throws ProcessDied; Error with what was thrown there */
  async ask<Kind extends keyof Replies>(ask: Ask, killAfterMs?: number): Promise<Replies[Kind]> {
    if (this.#ended !== undefined) throw this.#ended;
    const reply = this.#expect();
    this.#process.send(ask, () => undefined); // A failure to send is the end of the process, which is told.
    const wedged = killAfterMs === undefined ? undefined : setTimeout(() => this.end(), killAfterMs);
    try {
      return (await reply) as Replies[Kind];
    } finally {
      clearTimeout(wedged);
    }
  }

  end(): void {
    this.#process.kill('SIGKILL');
  }

  #expect(): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** Its device is gone: only a new process opens it again. */
  #lost(how: string): void {
    this.#end(`has no device any more: ${how}`);
    this.end();
  }

  #end(how: string, signal?: string): void {
    if (this.#ended !== undefined) return;
    const sentence = `The process of the model ${how}.`;
    this.#ended = this.lossOf?.(sentence) ?? new ProcessDied(sentence);
    const [running, ...others] = this.#waiting.splice(0);
    running?.reject(this.lossOf?.(sentence) ?? new ProcessDied(sentence, { signal }));
    for (const one of others) one.reject(this.#ended);
    this.onEnd();
  }
}
