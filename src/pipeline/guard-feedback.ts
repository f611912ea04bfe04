/** Whether feedback proves that a canary is worse than the champion, or that it is not. Pure. */
import { wilson } from '../wilson.ts';
import type { Measured } from './journal/facts.ts';

export interface FeedbackLimits {
  /** By how much less accurate it may be. */
  readonly maxLoss: number;
  readonly minLabels: number;
}

export interface FeedbackVerdict {
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly says: string;
}

/**
 * Of a normal distribution. The canary is looked at again and again, and each look is a chance to be wrong: with 2.326, 99 % for one
 * look, a canary as good as the champion is rolled back in one of ten runs, with 3 in one of fifty (1000 labels, a look at each;
 * test/pipeline/guard-feedback.test.ts).
 */
const Z = 3;

/**
 * fail: the canary is less accurate. pass: it is at most `maxLoss` less accurate. The interval of the difference of two shares is
 * Newcombe's, from the intervals of Wilson of both (R. G. Newcombe, Statistics in Medicine 17, 1998, method 10).
 */
export function feedbackVerdict(
  canary: Measured,
  champion: Measured,
  { maxLoss, minLabels }: FeedbackLimits,
): FeedbackVerdict {
  const few = Math.min(canary.n, champion.n);
  if (few < minLabels) {
    const says = `${canary.n} labels of the canary and ${champion.n} of the champion: ${minLabels} of each are needed`;
    return { verdict: 'inconclusive', says };
  }
  const { low, high } = difference(canary, champion);
  const says =
    `accuracy by feedback ${percent(canary.correct / canary.n)} (n ${canary.n}), ` +
    `of the champion ${percent(champion.correct / champion.n)} (n ${champion.n}): ` +
    `${signed(low)} to ${signed(high)}`;
  if (high < 0) return { verdict: 'fail', says };
  return { verdict: low >= -maxLoss ? 'pass' : 'inconclusive', says };
}

/** Of the first share over the second. */
export function difference(one: Measured, other: Measured): { readonly low: number; readonly high: number } {
  const [p, q] = [one.correct / one.n, other.correct / other.n];
  const [a, b] = [wilson(one.correct, one.n, Z), wilson(other.correct, other.n, Z)];
  return {
    low: p - q - Math.hypot(p - a.low, b.high - q),
    high: p - q + Math.hypot(a.high - p, q - b.low),
  };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const signed = (share: number): string => `${share < 0 ? '-' : '+'}${percent(Math.abs(share))}`;
