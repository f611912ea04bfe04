import t from 'tap';
import { Durations } from '../../src/traffic/durations.ts';

t.test('quantiles are within 2.5 percent at any size', async (t) => {
  for (const scale of [0.1, 10, 3000]) {
    const durations = new Durations();
    for (let i = 1; i <= 1000; i++) durations.add((i * scale) / 1000 + scale);
    for (const q of [0.5, 0.99]) {
      const exact = q * scale + scale;
      t.ok(Math.abs(durations.quantile(q)! / exact - 1) < 0.026, `${q} of ${scale}`);
    }
  }
});

t.test('without durations there is no quantile', async (t) => {
  t.equal(new Durations().quantile(0.5), undefined);
});

t.test('it counts what was longer, and what is beyond all buckets', async (t) => {
  const durations = new Durations();
  for (const ms of [1, 10, 100, 1e9]) durations.add(ms);
  t.equal(durations.longerThan(50), 2);
  t.equal(durations.longerThan(0.01), 4);
});
