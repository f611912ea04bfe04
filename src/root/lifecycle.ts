/**
 * The states of the server and the way down. Health, readiness and `Connection: close` are read from here.
 *
 *   starting -> ready -> draining -> closing -> stopped
 *
 * draining: readiness has gone, requests are still taken, every answer closes its connection, until a quiet
 * second or half of the deadline has passed. closing: new requests get DRAINING; what was taken is finished.
 */
import type { Clock } from '../clock.ts';

export type LifecycleState = 'starting' | 'ready' | 'draining' | 'closing' | 'stopped';

/** No request for this long while draining: the load balancers have noticed. */
const QUIET_MS = 1000;

/** How often the way down looks whether it can take its next step. */
const POLL_MS = 25;

export interface DrainFacts {
  /** Requests without their answer, and batches on workers whether anybody waits for them or not. */
  readonly idle: () => boolean;
}

export class Lifecycle {
  readonly #clock: Clock;
  #state: LifecycleState = 'starting';
  #lastRequestAt: number;
  #hurried = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastRequestAt = clock.now();
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** Answers end with `Connection: close` from the first signal on. */
  get closesConnections(): boolean {
    return this.#state === 'draining' || this.closing;
  }

  /** Whether new work is refused. */
  get closing(): boolean {
    return this.#state === 'closing' || this.#state === 'stopped';
  }

  started(): void {
    if (this.#state === 'starting') this.#state = 'ready';
  }

  /** A request that is not a probe has arrived; the second of quiet begins again. */
  sawRequest(): void {
    this.#lastRequestAt = this.#clock.now();
  }

  /** A second signal: draining is skipped. */
  hurry(): void {
    this.#hurried = true;
  }

  /**
   * Takes the server down as far as `facts` allow. Resolves with true when everything that was taken is
   * finished, with false when `deadlineMs` has passed first.
   */
  async drain(deadlineMs: number, facts: DrainFacts): Promise<boolean> {
    const start = this.#clock.now();
    const elapsed = (): number => this.#clock.now() - start;
    const quiet = (): boolean => this.#clock.now() - Math.max(start, this.#lastRequestAt) >= QUIET_MS;
    this.#state = 'draining';
    await this.#until(() => this.#hurried || (quiet() && facts.idle()) || elapsed() >= deadlineMs / 2);
    this.#state = 'closing';
    await this.#until(() => facts.idle() || elapsed() >= deadlineMs);
    if (!facts.idle()) return false;
    this.#state = 'stopped';
    return true;
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => void this.#clock.after(POLL_MS, resolve));
  }
}
