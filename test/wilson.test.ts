import t from 'tap';
import { wilson } from '../src/wilson.ts';

const near = (given: number, expected: number, within = 5e-5): boolean => Math.abs(given - expected) < within;

t.test('the interval of a share is that of Wilson', (t) => {
  // Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
  for (const [hits, n, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
    // R: prop.test(10, 100, correct = FALSE), and the same for 0 of 50.
    [10, 100, 0.05523, 0.17437],
    [0, 50, 0, 0.07135],
  ] as const) {
    const interval = wilson(hits, n);
    t.ok(near(interval.low, low) && near(interval.high, high), `${hits}/${n}`);
  }
  t.same(wilson(0, 0), { low: 0, high: 1 }, 'nothing is known of no answers');
  t.equal(wilson(7, 7).high, 1);
  t.end();
});
