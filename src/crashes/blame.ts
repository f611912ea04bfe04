/**
 * Which model version a crash is put down to. Pure. A thread that crashes says nothing: what is known is which versions were
 * being run. Points add up over the crashes of a day:
 *
 *   2  it was the only one, or it had run at most a tenth as often as each other since the start: that the others ran says
 *      little, as they nearly always do
 *   1  several were
 *
 * Four points are two crashes that can be nobody else's.
 */

export const ALONE = 2;
const AMONG_OTHERS = 1;
const RARER_BY = 10;

/** Crashes are forgotten after this time. */
const WINDOW_MS = 24 * 3_600_000;

/** So many points are too many. */
const TOO_MANY = 4;

/** One crash that a version may have caused. */
export interface Charge {
  /** Wall-clock milliseconds. */
  readonly at: number;
  /** SIGFPE, … */
  readonly signal: string;
  readonly points: number;
}

/** The points of each of the versions that were running, by their runs since the start. */
export function pointsOf(running: readonly { readonly runs: number }[]): readonly number[] {
  return running.map(({ runs }, index) => {
    const others = running.filter((_, other) => other !== index);
    const rare = others.every((other) => other.runs >= RARER_BY * Math.max(1, runs));
    return rare ? ALONE : AMONG_OTHERS;
  });
}

export const recent = (charges: readonly Charge[], now: number): readonly Charge[] =>
  charges.filter(({ at }) => now - at < WINDOW_MS);

/** Whether a version with these charges is not to run any more. */
export const isTooMuch = (charges: readonly Charge[]): boolean =>
  charges.reduce((sum, { points }) => sum + points, 0) >= TOO_MANY;
