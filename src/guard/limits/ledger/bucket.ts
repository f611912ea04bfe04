/**
 * A token bucket as one number, the time at which it is full again: the generic cell rate algorithm (ITU-T I.371). Pure.
 * Units are requests, or rows; times are milliseconds of one clock.
 */

export interface Bucket {
  /** Units that it holds: so many may come at once. */
  readonly burst: number;
  /** Time in which one unit comes back. */
  readonly unitMs: number;
}

/** What is left of a limit. */
export interface Left {
  readonly remaining: number;
  /** Until more is available; 0 when nothing is missing. */
  readonly nextMs: number;
}

export interface Taken extends Left {
  readonly allowed: boolean;
  /** When the bucket is full. */
  readonly fullAt: number;
  /** Until the units that were asked for are there; 0 when they were. */
  readonly retryMs: number;
}

/** Share of a unit by which sums of fractions may be off. */
const SLACK = 1e-6;

/**
 * Takes `cost` units, or none when they are not there. `held`: units that the same request has taken before. A request of
 * more units than the bucket holds is let through when it is full, and all of them are paid back before the next one.
 */
export function take({ burst, unitMs }: Bucket, fullAt: number, now: number, cost: number, held = 0): Taken {
  const missing = Math.max(0, fullAt - now) / unitMs;
  const free = burst - missing;
  const wanted = Math.min(cost + held, burst);
  const allowed = free + SLACK >= wanted - held;
  const left = allowed ? free - cost : free;
  const remaining = Math.max(0, Math.floor(left + SLACK));
  return {
    allowed,
    fullAt: allowed ? now + (missing + cost) * unitMs : fullAt,
    remaining,
    nextMs: left + SLACK >= burst ? 0 : (remaining + 1 - left) * unitMs,
    // It begins again: what it holds now is lost.
    retryMs: allowed ? 0 : (wanted - free) * unitMs,
  };
}

/** For headers: rounded up, but not for what sums of fractions are off. */
export const wholeSeconds = (ms: number): number => Math.ceil(ms / 1000 - SLACK);
