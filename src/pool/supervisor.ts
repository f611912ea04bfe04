/**
 * Replaces workers whose thread died, after a back-off, and reports when the pool is unhealthy. It handles JavaScript
 * failures only: a native crash ends the process, which bin/supervise starts again.
 */
import type { Clock } from '../clock.ts';
import type { PoolWorker } from './worker.ts';

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 30_000;

/** Deaths within this window count as one series. */
const WINDOW_MS = 60_000;

/** This many deaths in the window make the server not ready: restarts do not help. */
const DEATHS_TO_UNHEALTHY = 3;

/** A run is wedged when it takes this many times its prediction (and longer than the configured time). */
const WEDGED_FACTOR = 20;

export interface WedgedLimits {
  /** A batch is wedged when it runs longer than this and than 20 x its prediction. */
  readonly wedgedAfterMs: number;
  /** So is a load that takes longer than this. */
  readonly loadWedgedAfterMs: number;
}

export interface SupervisorEvents {
  workerDied(worker: number, deathsInWindow: number, restartInMs: number): void;
  workerDiedOf(worker: number, cause: unknown): void;
  workerRestarted(worker: number): void;
  workerRestartFailed(worker: number, error: unknown): void;
  /** Called once for each worker. `loads`: the file of the model that it loads; undefined while it runs a batch. */
  workerWedged(worker: number, loads: string | undefined): void;
}

export class Supervisor {
  readonly #limits: WedgedLimits;
  readonly #clock: Clock;
  readonly #events: SupervisorEvents;
  readonly #prepare: (worker: PoolWorker) => Promise<void>;
  readonly #onReady: () => void;
  readonly #timers = new Set<() => void>();
  readonly #wedgedSeen = new Set<number>();
  #deaths: number[] = [];
  #closed = false;

  constructor(
    limits: WedgedLimits,
    clock: Clock,
    events: SupervisorEvents,
    /** Starts a new thread and loads all versions into it. */
    prepare: (worker: PoolWorker) => Promise<void>,
    /** Called when a worker can take batches again. */
    onReady: () => void,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#events = events;
    this.#prepare = prepare;
    this.#onReady = onReady;
  }

  free(worker: PoolWorker): void {
    if (worker.state === 'ready') this.#onReady();
  }

  /** Schedules the restart of a worker whose thread has ended. Its batches fail by themselves. */
  died(worker: PoolWorker): void {
    if (this.#closed) return;
    const restartInMs = this.#reviveLater(worker);
    this.#events.workerDied(worker.id, this.#deaths.length, restartInMs);
  }

  /** False after repeated deaths, until the window has passed without one. */
  get healthy(): boolean {
    return this.#recentDeaths().length < DEATHS_TO_UNHEALTHY;
  }

  /** Whether a batch or a load has been running far too long; only a restart of the process helps then. */
  wedged(workers: readonly PoolWorker[]): boolean {
    const now = this.#clock.now();
    const wedged = workers.filter((worker) => this.#isWedged(worker, now));
    for (const worker of wedged) {
      if (this.#wedgedSeen.has(worker.id)) continue;
      this.#wedgedSeen.add(worker.id);
      this.#events.workerWedged(worker.id, worker.running(now)?.loads);
    }
    return wedged.length > 0;
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
  }

  #isWedged(worker: PoolWorker, now: number): boolean {
    const running = worker.running(now);
    if (running === undefined) return false;
    const { wedgedAfterMs, loadWedgedAfterMs } = this.#limits;
    const { forMs, predictedMs, loads } = running;
    return (
      forMs > (loads === undefined ? Math.max(wedgedAfterMs, WEDGED_FACTOR * predictedMs) : loadWedgedAfterMs)
    );
  }

  #recentDeaths(): number[] {
    const since = this.#clock.now() - WINDOW_MS;
    return this.#deaths.filter((at) => at > since);
  }

  diedOf(worker: PoolWorker, cause: unknown): void {
    if (!this.#closed) this.#events.workerDiedOf(worker.id, cause);
  }

  /** Adds a death to the series and schedules a restart; returns the back-off, which doubles with each death. */
  #reviveLater(worker: PoolWorker): number {
    this.#deaths = [...this.#recentDeaths(), this.#clock.now()];
    const delay = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (this.#deaths.length - 1));
    worker.restartsIn(delay);
    const cancel = this.#clock.after(delay, () => {
      this.#timers.delete(cancel);
      void this.#revive(worker);
    });
    this.#timers.add(cancel);
    return delay;
  }

  async #revive(worker: PoolWorker): Promise<void> {
    try {
      await this.#prepare(worker);
    } catch (error) {
      if (this.#closed) return;
      this.#events.workerRestartFailed(worker.id, error);
      // A thread that died again while starting has called died() itself.
      if (worker.state !== 'dead') this.#reviveLater(worker);
      return;
    }
    this.#events.workerRestarted(worker.id);
    this.#onReady();
  }
}
