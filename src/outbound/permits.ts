/** A fixed number of permits, given in the order in which they were asked for. A waiter may give up. */

export class Permits {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Resolves with the function that gives the permit back; call it once.
   * Rejects with the reason of `signal` when that aborts first.
   */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    return () => this.#giveBack();
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(resolve);
        // Has no effect when the permit was given before.
        reject(signal.reason as Error);
      };
      this.#waiting.add(resolve);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #giveBack(): void {
    // A set keeps the order of insertion. The permit passes directly to the next waiter, so that a
    // later caller cannot overtake.
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
