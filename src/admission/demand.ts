/**
 * Predicted worker time of the requests that arrive, accepted or refused, relative to the worker time there is: an
 * exponentially decaying mean over about the last 30 s. It keeps one number and needs no timer.
 */

/** Time constant of the decay: work that arrived this long ago has weight 1/e. */
const MEMORY_MS = 30_000;

/** The mean is taken over at least this long, because a server that has just started has seen little. */
const LEAST_MS = 1000;

export class Demand {
  /** Decayed sum of work in worker milliseconds, as of `#at`. */
  #workMs = 0;
  #at: number;
  readonly #since: number;

  /** `now`: when requests start to arrive, in clock milliseconds. */
  constructor(now: number) {
    this.#since = now;
    this.#at = now;
  }

  /** Adds a request that takes `workMs` worker milliseconds. */
  add(workMs: number, now: number): void {
    this.#workMs = this.#remembered(now) + workMs;
    this.#at = now;
  }

  /** Demanded worker time over that of `workers` workers; above 1 it exceeds the capacity. */
  saturation(workers: number, now: number): number {
    // Before several time constants have passed, the decayed sum covers only the time since the start.
    const seenMs = MEMORY_MS * (1 - Math.exp(-Math.max(LEAST_MS, now - this.#since) / MEMORY_MS));
    return this.#remembered(now) / seenMs / Math.max(1, workers);
  }

  #remembered(now: number): number {
    return this.#workMs * Math.exp((this.#at - now) / MEMORY_MS);
  }
}

/** The demand for the workers of the CPU, and for each device: none can do the work of another. */
export class Demands {
  readonly #since: number;
  readonly #byDevice = new Map<string, Demand>();

  /** `now`: when requests start to arrive, in clock milliseconds. */
  constructor(now: number) {
    this.#since = now;
  }

  add(device: string, workMs: number, now: number): void {
    const demand = this.#byDevice.get(device) ?? new Demand(this.#since);
    this.#byDevice.set(device, demand);
    demand.add(workMs, now);
  }

  /** That of the device of which there is too little first; 0 while nothing was demanded. `workers`: those of a device. */
  saturation(workers: (device: string) => number, now: number): number {
    let most = 0;
    for (const [device, demand] of this.#byDevice)
      most = Math.max(most, demand.saturation(workers(device), now));
    return most;
  }
}
