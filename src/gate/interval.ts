/**
 * Intervals of differences, and how many answers a bound takes. Pure. Each interval is two-sided; `z` is the quantile of the normal
 * distribution that its level asks for.
 */
import { Z95, type Interval } from '../wilson.ts';

/** Answers that are needed for the lower bound of a share to reach `floor`, when every one of them is a hit. */
export const neededFor = (floor: number, z = Z95): number =>
  floor >= 1 ? Infinity : Math.ceil((z * z * floor) / (1 - floor) - 1e-9);

/**
 * The interval of the difference of two shares over the same n questions: `lost` of them only the first answers rightly, `won`
 * only the second. Positive is worse for the second. By the score of the difference (Tango, 1998), which holds for few and for
 * no differences, where that of McNemar has no width.
 */
export function drop(lost: number, won: number, n: number, z = Z95): Interval {
  if (n === 0) return { low: -1, high: 1 };
  const score = (delta: number): number => {
    const a = 2 * n;
    const b = -lost - won + (2 * n - lost + won) * delta;
    const c = -won * delta * (1 - delta);
    const q = (Math.sqrt(Math.max(0, b * b - 4 * a * c)) - b) / (2 * a);
    const variance = n * (2 * q + delta * (1 - delta));
    const distance = lost - won - n * delta;
    if (distance === 0) return 0;
    return variance <= 0 ? Math.sign(distance) * Infinity : distance / Math.sqrt(variance);
  };
  return { low: crossing(score, z), high: crossing(score, -z) };
}

/** Answers that are needed to show that no more than `ceiling` is lost, when none is. */
export const neededForDrop = (ceiling: number, z = Z95): number =>
  ceiling <= 0 ? Infinity : Math.ceil((z * z * (1 - ceiling)) / ceiling - 1e-9);

/** How likely `hits` or more of `n` are, each with the probability `p`. For few of them, where the intervals above are too narrow. */
export function atLeast(hits: number, n: number, p: number): number {
  if (hits <= 0 || p >= 1) return 1;
  if (p <= 0) return 0;
  // In logarithms: the first of many terms are too small for a number.
  let log = n * Math.log1p(-p);
  let sum = 0;
  for (let k = 0; k <= n; k++) {
    if (k >= hits) sum += Math.exp(log);
    log += Math.log((n - k) / (k + 1)) + Math.log(p / (1 - p));
  }
  return Math.min(1, sum);
}

/** Where a function that falls from -1 to 1 takes a value, to 1e-9. */
function crossing(falls: (at: number) => number, value: number): number {
  let [low, high] = [-1, 1];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (falls(middle) > value) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The z with which `tests` intervals hold together at 95 % (Bonferroni). By the rational approximation of the normal quantile of
 * Abramowitz and Stegun, 26.2.23, whose error is below 4.5e-4.
 */
export function zOf(tests: number): number {
  if (tests <= 1) return Z95;
  const t = Math.sqrt(-2 * Math.log(0.025 / tests));
  const over = 2.515517 + 0.802853 * t + 0.010328 * t * t;
  const under = 1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t;
  return t - over / under;
}
