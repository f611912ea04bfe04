/** Arrival patterns: arrival times in milliseconds, ascending, drawn before the simulation starts. */
import type { Random } from './random.ts';

/** Draws the arrival times up to `untilMs`. */
export type Pattern = (random: Random, untilMs: number) => number[];

/** An inhomogeneous Poisson process of `rate(at)` requests a second, at most `most`, drawn by thinning. */
function varying(most: number, rate: (at: number) => number): Pattern {
  return (random, untilMs) => {
    const times = [];
    let at = random.exponential(1000 / most);
    for (; at < untilMs; at += random.exponential(1000 / most)) {
      if (random.next() * most < rate(at)) times.push(at);
    }
    return times;
  };
}

export const poisson = (perSecond: number): Pattern => varying(perSecond, () => perSecond);

/** Bursts of `size` requests at the same time, as a Poisson process; `perSecond` counts requests. */
export function bursts(perSecond: number, size: number): Pattern {
  const groups = poisson(perSecond / size);
  return (random, untilMs) => groups(random, untilMs).flatMap((at) => Array<number>(size).fill(at));
}

/** All requests in the first `share` (0 to 1) of every period, none in the rest. */
export const onOff = (perSecond: number, periodMs: number, share: number): Pattern =>
  varying(perSecond / share, (at) => (at % periodMs < share * periodMs ? perSecond / share : 0));

/** A rate that grows linearly from 0 to twice the mean rate. */
export const ramp =
  (perSecond: number): Pattern =>
  (random, untilMs) =>
    varying(2 * perSecond, (at) => (2 * perSecond * at) / untilMs)(random, untilMs);

/** Evenly spaced. */
export const steady =
  (perSecond: number): Pattern =>
  (_random, untilMs) =>
    Array.from(
      { length: Math.floor((untilMs * perSecond) / 1000) },
      (_, index) => (index * 1000) / perSecond,
    );
