/** Runs tasks one after the other, and says when none has come for a while. */
import type { Clock } from '../clock.ts';

export class Turns {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #onIdle: () => void;
  /** Settles with the last task. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #cancel: (() => void) | undefined;
  #stopped = false;

  /** `onIdle` is called when no task has run or waited for `idleMs` milliseconds since the last one. */
  constructor(clock: Clock, idleMs: number, onIdle: () => void) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#onIdle = onIdle;
  }

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    this.#waiting++;
    this.#cancel?.();
    const done = this.#last.then(task, task).finally(() => this.#ended());
    this.#last = done;
    return done;
  }

  /** From now on nothing is said; tasks still run. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #ended(): void {
    if (--this.#waiting === 0 && !this.#stopped) this.#cancel = this.#clock.after(this.#idleMs, this.#onIdle);
  }
}
