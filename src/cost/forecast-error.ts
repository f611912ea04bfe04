/**
 * The error of recent forecasts: p99.5 of actual over predicted time to finish. Admission multiplies forecasts by it. It
 * forgets within seconds: a machine that stalled once, while a thousand requests waited, is not a slow one, and who refuses
 * much observes little. Nor does a noisy minute lead to refusals for an hour: it decays towards its initial value while
 * nothing is observed.
 */
import { RecentQuantile } from './recent-quantile.ts';

/** Above the p99 of the SLO, because errors of neighbours in a queue are correlated. */
const SHARE = 0.995;
/** Before anything was observed; as on an idle machine. */
const FIRST = 1.2;
/** Of 2, 3, 5 and 10 s, and none: bench/simulator, bursts on a machine that stalls. */
const MAX_AGE_MS = 5000;
const HALF_LIFE_MS = 3000;

export class ForecastError {
  readonly #quantile = new RecentQuantile(SHARE, FIRST, MAX_AGE_MS);
  #observedAt = -Infinity;

  /** `ratio`: actual over predicted time to finish; `now`: clock milliseconds. */
  observe(ratio: number, now: number): void {
    this.#quantile.observe(ratio, now);
    this.#observedAt = now;
  }

  /** The error at `now` (clock milliseconds). At least 1: requests are not accepted because others finished early. */
  at(now: number): number {
    const kept = 2 ** (-(now - this.#observedAt) / HALF_LIFE_MS);
    return Math.max(1, FIRST + (this.#quantile.value - FIRST) * kept);
  }
}
