/** Whether a predicted finish is soon enough to take the work, and by how much it is not. Pure. */
import type { Forecast } from '../scheduler/forecast.ts';

export interface Patience {
  /** Latency objective of the model, in milliseconds. */
  readonly sloMs: number;
  /** What is left of the client's own deadline; it takes the place of the objective. */
  readonly timeLeftMs: number | undefined;
  /** 99th percentile over the prediction of what finishes turned out to be. */
  readonly error: number;
}

/**
 * Milliseconds by which an answer would come too late; 0 when it is taken. Work that can begin at once is always
 * taken: it costs what it costs, and waiting would not make it cheaper. Work that takes more than half of the
 * objective by itself may still wait for the other half, or a busy server would never do any of it.
 */
export function lateBy(
  { startsInMs, finishesInMs }: Forecast,
  { sloMs, timeLeftMs, error }: Patience,
): number {
  if (startsInMs <= 0) return 0;
  const ownMs = finishesInMs - startsInMs;
  const allowedMs = timeLeftMs ?? allowance(sloMs, ownMs);
  return Math.max(0, finishesInMs * error - allowedMs);
}

/** How long a request may take, waiting and its own work, that sets no deadline. */
export const allowance = (sloMs: number, ownMs: number): number => Math.max(sloMs, ownMs + sloMs / 2);
