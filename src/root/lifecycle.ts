/**
 * The states of the server and its shutdown. Health, readiness and `Connection: close` depend on them.
 *
 *   starting -> ready -> draining -> closing -> stopped
 *
 * draining: not ready, but requests are still accepted, and every answer closes its connection, until a second without a
 * request or half of the deadline has passed. closing: new requests get DRAINING; accepted ones are finished.
 */
import type { Clock } from '../clock.ts';

export type LifecycleState = 'starting' | 'ready' | 'draining' | 'closing' | 'stopped';

/** Without a request for this long while draining, load balancers are taken to have noticed. */
const QUIET_MS = 1000;

/** Milliseconds between two checks during the shutdown. */
const POLL_MS = 25;

export interface DrainFacts {
  /** True when no request is open and no worker runs a batch, even one that no client waits for. */
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

  /** Whether answers have `Connection: close`: from the first signal on. */
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

  /** Notes a request that is not a probe: the second without a request starts again. */
  sawRequest(): void {
    this.#lastRequestAt = this.#clock.now();
  }

  /** Skips draining; called on a second signal. */
  hurry(): void {
    this.#hurried = true;
  }

  /**
   * Drains and closes. Resolves with true when all accepted requests are finished, with false when `deadlineMs` has passed
   * first.
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
