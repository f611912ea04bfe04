/** When requests come: moments in milliseconds, ascending, drawn before the simulation begins. */
import type { Random } from './random.ts';

/** Makes the moments up to `untilMs`. */
export type Pattern = (random: Random, untilMs: number) => number[];

/** At random, `rate(at)` a second at that moment: a Poisson process, thinned from `most` a second. */
function varying(most: number, rate: (at: number) => number): Pattern {
  return (random, untilMs) => {
    const moments = [];
    let at = random.exponential(1000 / most);
    for (; at < untilMs; at += random.exponential(1000 / most)) {
      if (random.next() * most < rate(at)) moments.push(at);
    }
    return moments;
  };
}

export const poisson = (perSecond: number): Pattern => varying(perSecond, () => perSecond);

/** Groups of `size` at one moment, the groups at random; `perSecond` counts requests. */
export function bursts(perSecond: number, size: number): Pattern {
  const groups = poisson(perSecond / size);
  return (random, untilMs) => groups(random, untilMs).flatMap((at) => Array<number>(size).fill(at));
}

/** Everything in the first `share` of every period, nothing in the rest. */
export const onOff = (perSecond: number, periodMs: number, share: number): Pattern =>
  varying(perSecond / share, (at) => (at % periodMs < share * periodMs ? perSecond / share : 0));

/** From nothing to twice the mean rate. */
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
