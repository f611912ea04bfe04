/**
 * Bounds how many refusals are written: whoever is refused ten thousand times a second must neither fill the disk nor hide
 * the refusals of others. The first few of each source in a minute are written, and so many of all; the next one that is
 * written says how many were left out.
 */

export interface SampleLimits {
  readonly perSource: number;
  readonly perEvent: number;
}

const MINUTE_MS = 60_000;

/** Sources that are told apart in a minute; further ones count as one. */
const MAX_SOURCES = 1000;

/** A day of it at 500 bytes a line is 43 MB an event. */
const LIMITS: SampleLimits = { perSource: 5, perEvent: 60 };

interface Window {
  written: number;
  leftOut: number;
  readonly bySource: Map<string, number>;
}

export class Sampler {
  readonly #now: () => number;
  readonly #limits: SampleLimits;
  readonly #windows = new Map<string, Window>();
  #windowStart = -Infinity;

  /** `now`: monotonic milliseconds. */
  constructor(now: () => number, limits: SampleLimits = LIMITS) {
    this.#now = now;
    this.#limits = limits;
  }

  /** How many of the event were left out since the last one that was written; undefined when this one is to be left out. */
  pass(event: string, source: string): number | undefined {
    if (this.#now() - this.#windowStart >= MINUTE_MS) this.#begin();
    const window = this.#windowOf(event);
    const known = window.bySource.has(source) || window.bySource.size < MAX_SOURCES;
    const key = known ? source : 'others';
    const fromSource = (window.bySource.get(key) ?? 0) + 1;
    window.bySource.set(key, fromSource);
    if (fromSource > this.#limits.perSource || window.written >= this.#limits.perEvent) {
      window.leftOut++;
      return undefined;
    }
    window.written++;
    const { leftOut } = window;
    window.leftOut = 0;
    return leftOut;
  }

  #begin(): void {
    this.#windowStart = this.#now();
    for (const window of this.#windows.values()) {
      window.written = 0;
      window.bySource.clear();
    }
  }

  #windowOf(event: string): Window {
    const window = this.#windows.get(event) ?? {
      written: 0,
      leftOut: 0,
      bySource: new Map<string, number>(),
    };
    this.#windows.set(event, window);
    return window;
  }
}
