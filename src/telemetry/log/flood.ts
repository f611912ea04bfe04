/**
 * Limits the rate of similar log lines: a server that answers or refuses ten thousand requests a second must not write as
 * many lines. The first few of every second are written; the next line that is written says how many were left out.
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

  /** `now`: monotonic milliseconds. `linesAWindow`: lines that are written in each window of `windowMs`. */
  constructor(now: () => number, linesAWindow: number = LINES_A_WINDOW, windowMs: number = SECOND_MS) {
    this.#now = now;
    this.#linesAWindow = linesAWindow;
    this.#windowMs = windowMs;
  }

  /** How many lines were left out since the last one that was written; undefined when this one is to be left out. */
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
