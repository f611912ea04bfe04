/**
 * A circuit breaker as a pure state machine: after some failures in a row nothing is called for a while, then one call is
 * let through as a trial. A success closes it; a failed trial waits twice as long. (The packages for this run timers of
 * their own and read the time themselves; here both belong to the caller.)
 *
 *   closed --FAILURES in a row--> open --the wait is over--> trying --success--> closed
 *                                  ^------------failure---------'
 */

export type Breaker =
  | { readonly state: 'closed'; readonly failures: number }
  /** `until`: on the clock of the caller, in milliseconds. */
  | { readonly state: 'open'; readonly until: number; readonly waitMs: number }
  /** One call is out. */
  | { readonly state: 'trying'; readonly waitMs: number };

const FAILURES = 5;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

export const CLOSED: Breaker = { state: 'closed', failures: 0 };

/** Whether a call may be made now. */
export const allows = (breaker: Breaker, now: number): boolean =>
  breaker.state === 'closed' || (breaker.state === 'open' && now >= breaker.until);

/** A call that was allowed is made. */
export const called = (breaker: Breaker): Breaker =>
  breaker.state === 'open' ? { state: 'trying', waitMs: breaker.waitMs } : breaker;

/** A call has failed. One that began before it opened changes nothing. */
export function failed(breaker: Breaker, now: number): Breaker {
  if (breaker.state === 'open') return breaker;
  if (breaker.state === 'trying') {
    const waitMs = Math.min(breaker.waitMs * 2, LONGEST_WAIT_MS);
    return { state: 'open', until: now + waitMs, waitMs };
  }
  const failures = breaker.failures + 1;
  if (failures < FAILURES) return { state: 'closed', failures };
  return { state: 'open', until: now + FIRST_WAIT_MS, waitMs: FIRST_WAIT_MS };
}
