/**
 * When requests of an open loop are due: a Poisson process, drawn before the phase begins, so that nothing the
 * server does can move it. The same seed gives the same times.
 */
import { seededRandom } from '../../tools/random/seeded.ts';

/** Milliseconds from the start, ascending, all below `durationMs`; gaps are exponential with mean 1 / `perSecond`. */
export function poissonArrivals(perSecond: number, durationMs: number, seed: number): Float64Array {
  if (!(perSecond > 0)) throw new RangeError('A Poisson process needs a rate above zero.');
  const random = seededRandom(seed);
  const meanGapMs = 1000 / perSecond;
  const times: number[] = [];
  let at = 0;
  for (;;) {
    at -= Math.log(1 - random()) * meanGapMs;
    if (at >= durationMs) return Float64Array.from(times);
    times.push(at);
  }
}
