/**
 * Lets the thread that serves everyone sleep while nothing that comes could be begun: each worker has its next batch already,
 * and rows wait behind. Requests and results gather meanwhile, and are served in one turn of the event loop. Between two workers
 * that stream weights through the caches a turn finds none of its code there: the first request of a turn costs several times
 * as much as the next.
 *
 * It sleeps for less than a worker can be busy for, and for a small share of what a request waits anyway.
 */

/** What workers hold and what waits, in predicted milliseconds. */
export interface Backlog {
  /** Until the first worker has run all that it holds. */
  readonly dryInMs: number;
  /** For which a request that arrives now waits in the queue. */
  readonly waitMs: number;
  /** Latency objective of the models whose rows wait, the shortest. */
  readonly sloMs: number;
}

/** Of the wait in the queue: an answer is that much later at most. */
const SHARE_OF_WAIT = 1 / 6;
/** A worker may be done sooner than predicted, and is then idle until the sleep ends. */
const SHARE_OF_DRY = 0.7;
/** Where so much of the objective is spent on waiting, requests are about to be refused, which is to be quick. */
const SHARE_OF_SLO = 1 / 2;
const LONGEST_WHILE_REFUSING_MS = 4;
/** A shorter sleep gathers nothing, and waking from it costs as much as from one for a socket. */
const SHORTEST_MS = 0.5;

/** How long to sleep, in milliseconds; 0: not at all. */
export function restMs({ dryInMs, waitMs, sloMs }: Backlog, longestMs: number): number {
  const mostMs = waitMs > sloMs * SHARE_OF_SLO ? LONGEST_WHILE_REFUSING_MS : Infinity;
  const ms = Math.min(longestMs, mostMs, waitMs * SHARE_OF_WAIT, dryInMs * SHARE_OF_DRY);
  return ms >= SHORTEST_MS ? ms : 0;
}

export interface RestSettings {
  readonly longestMs: number;
  /** Undefined while something that comes could be begun. */
  readonly backlog: () => Backlog | undefined;
  /** Holds the thread. */
  readonly sleep: (ms: number) => void;
  /** Runs a task after the sockets and messages that are there now (setImmediate). */
  readonly defer: (task: () => void) => void;
}

export class Rest {
  readonly #settings: RestSettings;
  #deferred = false;

  constructor(settings: RestSettings) {
    this.#settings = settings;
  }

  /** Sleeps when this turn is over, if that is right then, and after each further turn while it is. */
  afterTurn(): void {
    if (this.#deferred || this.#ms === 0) return;
    this.#deferred = true;
    this.#settings.defer(() => this.#sleep());
  }

  get #ms(): number {
    const backlog = this.#settings.backlog();
    return backlog === undefined ? 0 : restMs(backlog, this.#settings.longestMs);
  }

  #sleep(): void {
    this.#deferred = false;
    const ms = this.#ms;
    if (ms === 0) return;
    this.#settings.sleep(ms);
    // What has come meanwhile is served first.
    this.#deferred = true;
    this.#settings.defer(() => this.#sleep());
  }
}

const nobody = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Holds the calling thread. */
export const sleepFor = (ms: number): void => void Atomics.wait(nobody, 0, 0, ms);
