/** Decides whether a predicted finish is early enough to accept the work, and by how much it is late. Pure. */
import type { Forecast } from '../scheduler/forecast.ts';

export interface TimeLimits {
  /** Latency objective (p99) of the model, in milliseconds. */
  readonly sloMs: number;
  /** Milliseconds until the deadline that the client set, which replaces the objective; undefined: it set none. */
  readonly timeLeftMs: number | undefined;
  /** Milliseconds that the request may have waited before it was read: at most, so that only the objective counts them. */
  readonly lagMs: number;
  /** p99.5 of actual over predicted time to finish, at least 1; see forecast-error.ts. */
  readonly error: number;
}

/**
 * Milliseconds by which an answer would be late; 0 when the work is accepted. Work that can start immediately is always
 * accepted: waiting would not make it faster. Work that itself takes more than half of the objective may still wait for
 * half of it, or a busy server would refuse all of it.
 */
export function lateBy(
  { startsInMs, finishesInMs }: Forecast,
  { sloMs, timeLeftMs, lagMs, error }: TimeLimits,
): number {
  if (startsInMs <= 0) return 0;
  const ownMs = finishesInMs - startsInMs;
  const allowedMs = timeLeftMs ?? allowance(sloMs, ownMs) - lagMs;
  return Math.max(0, finishesInMs * error - allowedMs);
}

/**
 * Milliseconds that a request without a deadline may take, from arrival to answer. `ownMs`: predicted milliseconds of its
 * own work.
 */
export const allowance = (sloMs: number, ownMs: number): number => Math.max(sloMs, ownMs + sloMs / 2);
