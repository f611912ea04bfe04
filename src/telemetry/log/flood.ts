/**
 * Keeps a flood of like log lines from becoming the load: a server that answers or refuses ten thousand requests a second
 * must not write as many lines. The first few of every second pass; the next that passes tells how many did not.
 */

const WINDOW_MS = 1000;
const LINES_A_WINDOW = 10;

export class Flood {
  readonly #now: () => number;
  readonly #linesAWindow: number;
  #windowStart = -Infinity;
  #lines = 0;
  #suppressed = 0;

  /** `now`: monotonic milliseconds. `linesAWindow`: lines of a second that pass. */
  constructor(now: () => number, linesAWindow: number = LINES_A_WINDOW) {
    this.#now = now;
    this.#linesAWindow = linesAWindow;
  }

  /** How many lines have been kept back since the last that passed; undefined when this one is to be kept back. */
  pass(): number | undefined {
    const now = this.#now();
    if (now - this.#windowStart >= WINDOW_MS) {
      this.#windowStart = now;
      this.#lines = 0;
    }
    if (++this.#lines > this.#linesAWindow) {
      this.#suppressed++;
      return undefined;
    }
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }
}
