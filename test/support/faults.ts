/**
 * Faults of faulty-worker.ts, and the gate at which it holds a batch. A test requests a fault by a value in the rows: a
 * number anywhere in a row of floats, or the first pixel of an image (send a PNG of one colour).
 */
import { BroadcastChannel } from 'node:worker_threads';

/** Replaces workers/infer.ts. */
export const FAULTY_WORKER = new URL('faulty-worker.ts', import.meta.url);

/** The thread exits in the middle of the batch. */
export const DIES = 666;
/** An error is thrown outside any task, in the middle of the batch. */
export const THROWS = 888;
/** The thread allocates until its heap is full, in the middle of the batch. */
export const HOGS = 999;
/** The thread blocks in the middle of the batch, as in session.run(), until a Gate opens. */
export const HELD = 777;

export const DIES_PIXEL = [6, 66, 6] as const;
export const THROWS_PIXEL = [8, 88, 8] as const;
export const HOGS_PIXEL = [9, 99, 9] as const;
export const HELD_PIXEL = [7, 77, 7] as const;

export const GATE_CHANNEL = 'ortolan faulty worker';
export const GATE_CLOSED = 0;
export const GATE_OPEN = 1;
/** Opened, and the thread exits instead of going on. */
export const GATE_DEADLY = 2;

/** Message of a thread that has loaded its module. */
export const LOADED = 'loaded';
/** Messages to all threads that are not held. */
export const EXIT = 'exit';
export const THROW = 'throw';

interface Waiting {
  readonly enough: () => boolean;
  readonly resolve: () => void;
}

/** The gate on the main thread, which knows the held batches. It keeps the process alive until it is closed. */
export class Gate {
  readonly #channel = new BroadcastChannel(GATE_CHANNEL);
  #held: Int32Array[] = [];
  #loaded = 0;
  #waiting: Waiting[] = [];

  constructor() {
    this.#channel.onmessage = (event: unknown) => {
      const { data } = event as { data: unknown };
      if (data === LOADED) this.#loaded++;
      if (data instanceof SharedArrayBuffer) this.#held.push(new Int32Array(data));
      this.#waiting = this.#waiting.filter(({ enough, resolve }) => !enough() || resolve());
    };
  }

  /** Resolves when `count` batches are held. */
  held(count = 1): Promise<void> {
    return this.#until(() => this.#held.length >= count);
  }

  /** Resolves when `count` threads have loaded their module since the gate was made. */
  loaded(count: number): Promise<void> {
    return this.#until(() => this.#loaded >= count);
  }

  /** Lets the held batches go on; later ones are held again. */
  open(): void {
    this.#release(GATE_OPEN);
  }

  /** The threads of the held batches exit. */
  kill(): void {
    this.#release(GATE_DEADLY);
  }

  /** Makes every thread that is not held exit. */
  killIdle(): void {
    this.#channel.postMessage(EXIT);
  }

  /** Throws an error outside any task in every thread that is not held. */
  breakIdle(): void {
    this.#channel.postMessage(THROW);
  }

  close(): void {
    this.open();
    this.#channel.close();
  }

  #until(enough: () => boolean): Promise<void> {
    if (enough()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ enough, resolve }));
  }

  #release(state: number): void {
    for (const gate of this.#held) {
      Atomics.store(gate, 0, state);
      Atomics.notify(gate, 0);
    }
    this.#held = [];
  }
}
