import t from 'tap';
import { comparisonTable, judge, noiseOf, type Figure } from '../../../bench/compare/verdict.ts';

/** Pairs of a base that varies by a percent and a commit at `ratio` times it, varying too. */
const figure = (ratio: number, better: Figure['better'] = 'more', waver = 0.01): Figure => ({
  name: 'fp32',
  unit: 'requests per second',
  better,
  pairs: Array.from({ length: 8 }, (_, index) => {
    const mood = index % 2 === 0 ? 1 + waver : 1 - waver;
    return { a: 100 * ratio * mood * (1 + (index - 3.5) / 1000), b: 100 * mood };
  }),
});

t.test('a commit that is clearly below the base is slower, by that amount', (t) => {
  t.match(judge(figure(0.9)), { kind: 'slower', text: 'slower by 10.0 %' });
  t.end();
});

t.test('a commit that is clearly above the base is faster', (t) => {
  t.match(judge(figure(1.1)), { kind: 'faster', text: 'faster by 10.0 %' });
  t.end();
});

t.test('of milliseconds, less is faster', (t) => {
  t.equal(judge(figure(0.9, 'less')).kind, 'faster');
  t.equal(judge(figure(1.1, 'less')).kind, 'slower');
  t.end();
});

t.test('an interval that includes one is no difference', (t) => {
  const pairs = [0.8, 1.1, 0.7, 1.2, 0.9, 1.1, 0.8, 0.9].map((a) => ({ a, b: 1 }));
  const verdict = judge({ ...figure(1), pairs });
  t.equal(verdict.kind, 'no difference');
  t.ok(verdict.ratio.median < 1 && verdict.ratio.high > 1);
  t.end();
});

t.test('a change within the noise of the base is no difference, however narrow its interval', (t) => {
  const verdict = judge(figure(0.95, 'more', 0.1));
  t.ok(verdict.ratio.high < 1, 'the interval alone would say slower');
  t.equal(verdict.kind, 'no difference');
  t.end();
});

t.test('a base that alternates by plus and minus one percent has a noise of two', (t) => {
  t.ok(Math.abs(noiseOf(figure(1).pairs) - 0.02) < 0.0005);
  t.end();
});

t.test('the noise of a slowly drifting base is one step, not the whole drift', (t) => {
  const pairs = Array.from({ length: 8 }, (_, index) => ({ a: 1, b: 1.01 ** index }));
  t.ok(Math.abs(noiseOf(pairs) - 0.01) < 0.0005);
  t.end();
});

t.test('fewer pairs than an interval needs are refused', (t) => {
  t.throws(() => judge({ ...figure(1), pairs: figure(1).pairs.slice(0, 5) }), RangeError);
  t.end();
});

t.test('a table shows both medians, the ratio, its interval, the noise and the verdict', (t) => {
  const [head, row] = comparisonTable([figure(0.9)]).split('\n');
  t.match(head, /base +commit +ratio +95 % interval +noise +verdict$/);
  t.match(
    row,
    /^fp32 \(requests per second\) +100\.0 +90\.\d+ +0\.900 +0\.89\d to 0\.90\d +2\.0 % +slower by 10\.0 %$/,
  );
  t.end();
});
