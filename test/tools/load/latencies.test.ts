/** Percentiles of latencies, in fractions of a millisecond. */
import t from 'tap';
import { Latencies } from '../../../tools/load/latencies.ts';

t.test('percentiles lie within a thousandth of the exact ones', async (t) => {
  const latencies = new Latencies();
  for (let i = 1; i <= 10_000; i++) latencies.record(i / 100);
  const { p50, p95, p99, p999 } = latencies.percentiles();
  for (const [found, exact] of [
    [p50, 50],
    [p95, 95],
    [p99, 99],
    [p999, 99.9],
  ] as const) {
    t.ok(Math.abs(found / exact - 1) < 0.0011, `${found} for ${exact}`);
  }
});

t.test('fractions of a millisecond are kept', async (t) => {
  const latencies = new Latencies();
  latencies.record(0.317);
  t.equal(latencies.quantile(0.5), 0.317);
});

t.test('without values there is no percentile', async (t) => {
  t.ok(Number.isNaN(new Latencies().quantile(0.99)));
});

t.test('a time beyond the range counts as the longest there is', async (t) => {
  const latencies = new Latencies();
  latencies.record(1e9);
  latencies.record(-1);
  t.equal(latencies.count, 2);
  t.ok(latencies.quantile(1) >= 600_000);
});
