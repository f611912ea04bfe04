/**
 * How far off forecasts of the finish have been lately: a high quantile of what finishes turned out to be over what was
 * foreseen. Admission allows for it. What was learned fades while nothing is told: a noisy minute must not make the
 * server timid for an hour.
 */
import { RecentQuantile } from './recent-quantile.ts';

/** A little more than the 99th percentile that is promised: finishes of neighbours in a queue go wrong together. */
const SHARE = 0.995;
/** Until something is known: what a quiet machine shows. */
const FIRST = 1.2;
const HALF_LIFE_MS = 10_000;

export class ForecastError {
  readonly #quantile = new RecentQuantile(SHARE, FIRST);
  #toldAt = -Infinity;

  /** `ratio`: what a finish was over what was foreseen; `now`: on the clock, in milliseconds. */
  observe(ratio: number, now: number): void {
    this.#quantile.observe(ratio);
    this.#toldAt = now;
  }

  /** At least 1: that everything comes sooner than foreseen is not counted on. */
  at(now: number): number {
    const kept = 2 ** (-(now - this.#toldAt) / HALF_LIFE_MS);
    return Math.max(1, FIRST + (this.#quantile.value - FIRST) * kept);
  }
}
