/**
 * Whether a share of late requests is small enough, and how sure that is. As MLPerf's server scenario has it, a rate is
 * met when the 99th percentile is inside the bound; with a count of trials, the binomial distribution says how sure.
 * It takes requests as independent, which neighbours in one queue are not: read it as the best case.
 */

/** The chance of at most `k` successes in `n` trials of probability `p`. */
export function binomialAtMost(k: number, n: number, p: number): number {
  // In logarithms: with 20,000 trials the first terms are below what a double holds.
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}

/** How sure it is that the true share of late requests is at most `share`, having seen `late` of `requests`. */
export const confidenceOf = (late: number, requests: number, share = 0.01): number =>
  1 - binomialAtMost(late, requests, share);

/**
 * The highest rate that `meets`, between `low`, which is taken to be met, and `high`, by `steps` halvings. A noisy
 * answer near the edge moves the result by one step's width at most.
 */
export async function highestThatMeets(
  low: number,
  high: number,
  steps: number,
  meets: (rate: number) => Promise<boolean>,
): Promise<number> {
  let [met, missed] = [low, high];
  for (let step = 0; step < steps; step++) {
    const rate = (met + missed) / 2;
    if (await meets(rate)) met = rate;
    else missed = rate;
  }
  return met;
}
