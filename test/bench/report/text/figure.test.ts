/** Number format: the same everywhere, with no more digits than the noise of a measurement allows. */
import t from 'tap';
import {
  exact,
  figure,
  interval,
  number,
  percent,
  shareOf,
  short,
} from '../../../../bench/report/text/figure.ts';

t.test('a number has three significant digits, or all of those before the point', async (t) => {
  const written: [value: number, text: string][] = [
    [0.93456, '0.935'],
    [1, '1.00'],
    [9.576, '9.58'],
    [9.999, '10.0'],
    [14, '14.0'],
    [99.96, '100'],
    [241.4, '241'],
    [999.6, '1,000'],
    [25_300.4, '25,300'],
    [1_234_567, '1,234,567'],
    [0.00123456, '0.00123'],
    [0, '0'],
    [-0, '0'],
    [-1234, '-1,234'],
  ];
  for (const [value, text] of written) t.equal(number(value), text, String(value));
});

t.test('NaN is a dash, and infinity is ∞', async (t) => {
  t.equal(number(Number.NaN), '–');
  t.equal(number(Number.POSITIVE_INFINITY), '∞');
});

t.test('a configured number keeps exactly its digits', async (t) => {
  t.same([0.93, 1.15, 16, 25_000, 0.5].map(exact), ['0.93', '1.15', '16', '25,000', '0.5']);
});

t.test('a figure is the median with the smallest and the largest repetition', async (t) => {
  t.equal(figure([246, 233, 241]), '241 (233–246)');
  t.equal(figure([5]), '5.00');
  t.equal(short([246, 233, 241]), '241');
});

t.test('a figure ignores null from JSON, and is a dash when no value is left', async (t) => {
  const fromJson = JSON.parse('[null, 3, 1]') as number[];
  t.equal(figure(fromJson), '2.00 (1.00–3.00)');
  t.equal(figure(JSON.parse('[null]') as number[]), '–');
  t.equal(figure([]), '–');
  t.equal(figure(undefined), '–');
});

t.test('an interval with less than 95 % confidence shows its confidence', async (t) => {
  t.equal(interval({ median: 1, low: 0.9, high: 1.1, confidence: 0.95 }), '0.900–1.10');
  t.equal(interval({ median: 1, low: 0.9, high: 1.1, confidence: 0.75 }), '0.900–1.10 (75 %)');
});

t.test('a share is in whole percents, of medians', async (t) => {
  t.equal(percent(0.9351), '94 %');
  t.equal(shareOf([90, 91, 500], [100, 101, 102]), '90 %');
  t.equal(shareOf([1], undefined), '–');
});
