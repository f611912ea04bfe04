/** How numbers are rounded in answers. */

/** Ten microseconds: below that the clock of a busy machine is noise. */
const TIMING_STEPS = 100;

/** `value` to the nearest of `steps` parts of one. */
export const rounded = (value: number, steps: number): number => Math.round(value * steps) / steps;

/** Milliseconds, to the nearest hundredth. */
export const timing = (ms: number): number => rounded(ms, TIMING_STEPS);
