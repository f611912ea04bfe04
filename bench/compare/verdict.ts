/**
 * Whether two commits differ, from figures taken in turn. Pure. A difference is claimed only where the interval excludes 1 and
 * the median is beyond the noise of the base: false alarms would make the check useless.
 */
import { median, ratioInterval, type Interval, type Pair } from '../record/statistics.ts';

/** With fewer pairs there is no interval of 95 %. */
export const LEAST_PAIRS = 6;

export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Whether more of it is better (requests per second) or less (milliseconds). */
  readonly better: 'more' | 'less';
  /** a: the commit in question; b: the base. In the order in which they were taken. */
  readonly pairs: readonly Pair[];
}

export interface Verdict {
  /** a over b. */
  readonly ratio: Interval;
  readonly kind: 'no difference' | 'faster' | 'slower';
  /** `no difference`, `faster by 3.1 %`, `slower by 3.1 %`. */
  readonly text: string;
}

/** @throws RangeError for fewer than LEAST_PAIRS pairs */
export function judge({ better, pairs }: Figure): Verdict {
  if (pairs.length < LEAST_PAIRS) throw new RangeError(`There must be ${LEAST_PAIRS} pairs at least.`);
  const ratio = ratioInterval(pairs);
  const change = Math.abs(ratio.median - 1);
  const overlaps = ratio.low <= 1 && ratio.high >= 1;
  if (overlaps || change <= noiseOf(pairs)) return { ratio, kind: 'no difference', text: 'no difference' };
  const kind = ratio.median > 1 === (better === 'more') ? 'faster' : 'slower';
  return { ratio, kind, text: `${kind} by ${(100 * change).toFixed(1)} %` };
}

/** By how much the base differs from one pair to the next, as a share; the median of those changes. */
export function noiseOf(pairs: readonly Pair[]): number {
  const changes = pairs.slice(1).map(({ b }, index) => Math.abs(b / pairs[index]!.b - 1));
  return median(changes);
}

/** For a terminal: one line a figure. A difference smaller than `noise` cannot be seen. */
export function comparisonTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { ratio, text } = judge(figure);
    const side = (read: (pair: Pair) => number): string => median(figure.pairs.map(read)).toPrecision(4);
    const interval = `${ratio.low.toFixed(3)} to ${ratio.high.toFixed(3)}`;
    return [
      `${figure.name} (${figure.unit})`,
      side(({ b }) => b),
      side(({ a }) => a),
      ratio.median.toFixed(3),
      interval,
      `${(100 * noiseOf(figure.pairs)).toFixed(1)} %`,
      text,
    ];
  });
  const lines = [['', 'base', 'commit', 'ratio', '95 % interval', 'noise', 'verdict'], ...rows];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
