/** The hold of one request on a version: while it is held, the version is not unloaded. */
interface Leased {
  lease(): unknown;
  release(): void;
  onceSettled(resume: () => void): void;
}

export class Lease {
  readonly #version: Leased;
  #state: 'held' | 'paused' | 'ended' = 'held';

  constructor(version: Leased) {
    this.#version = version;
    version.lease();
  }

  /**
   * Lets go until the version is loaded, or cannot be: before that, what it was before may have to be unloaded. From the
   * moment at which it is ready the lease is held again, so that it cannot leave for others before it has answered.
   */
  untilSettled(): Promise<void> {
    this.#state = 'paused';
    this.#version.release();
    return new Promise((resolve) => {
      this.#version.onceSettled(() => {
        this.#resume();
        resolve();
      });
    });
  }

  end(): void {
    if (this.#state === 'held') this.#version.release();
    this.#state = 'ended';
  }

  #resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'held';
    this.#version.lease();
  }
}
