/**
 * Keeps a flood of like log lines from becoming the load: a server that answers or refuses ten thousand requests a second
 * must not write as many lines. The first few of every second pass; the next that passes says how many did not.
 */

const SECOND_MS = 1000;
const LINES_A_WINDOW = 10;

export class Flood {
  readonly #now: () => number;
  readonly #linesAWindow: number;
  readonly #windowMs: number;
  #windowStart = -Infinity;
  #lines = 0;
  #suppressed = 0;

  /** `now`: monotonic milliseconds. `linesAWindow`: lines of a second, or of so many milliseconds, that pass. */
  constructor(now: () => number, linesAWindow: number = LINES_A_WINDOW, windowMs: number = SECOND_MS) {
    this.#now = now;
    this.#linesAWindow = linesAWindow;
    this.#windowMs = windowMs;
  }

  /** How many lines have been kept back since the last that passed; undefined when this one is to be kept back. */
  pass(): number | undefined {
    const now = this.#now();
    if (now - this.#windowStart >= this.#windowMs) {
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
