import t from 'tap';
import { Histogram } from '../../../../src/telemetry/metrics/series/histogram.ts';

const seconds = (): Histogram<'model'> => new Histogram('wait_seconds', 'Waits.', ['model'], [0.1, 1]);

t.test('counts each value in its bucket and all above, with inclusive upper bounds', async (t) => {
  const histogram = seconds();
  for (const value of [0, 0.1, 0.5, 1, 3]) histogram.of({ model: 'm' }).observe(value);
  t.match((await histogram.get()).values, [
    { metricName: 'wait_seconds_bucket', labels: { le: 0.1, model: 'm' }, value: 2 },
    { metricName: 'wait_seconds_bucket', labels: { le: 1, model: 'm' }, value: 4 },
    { metricName: 'wait_seconds_bucket', labels: { le: '+Inf', model: 'm' }, value: 5 },
    { metricName: 'wait_seconds_sum', labels: { model: 'm' }, value: 4.6 },
    { metricName: 'wait_seconds_count', labels: { model: 'm' }, value: 5 },
  ]);
});

t.test('its series know their sum and count', async (t) => {
  const series = seconds().of({ model: 'm' });
  series.observe(0.25);
  series.observe(7);
  t.equal(series.sum, 7.25);
  t.equal(series.count, 2);
});

t.test('NaN is ignored, because it would make the sum NaN', async (t) => {
  const series = seconds().of({ model: 'm' });
  series.observe(NaN);
  series.observe(2);
  t.equal(series.sum, 2);
  t.equal(series.count, 1);
});

t.test('the last traced request of a bucket is its exemplar; untraced ones do not replace it', async (t) => {
  const histogram = seconds();
  const series = histogram.of({ model: 'm' });
  series.observe(0.01, 'a'.repeat(32));
  series.observe(0.02, 'b'.repeat(32));
  series.observe(0.03);
  series.observe(5, 'c'.repeat(32));
  const { values } = await histogram.get();
  t.strictSame(
    values.map(({ exemplar }) => exemplar && [exemplar.labelSet.trace_id[0], exemplar.value]),
    [['b', 0.02], undefined, ['c', 5], undefined, undefined],
  );
  t.ok(Math.abs(values[0]!.exemplar!.timestamp - Date.now() / 1000) < 3600, 'in seconds');
});
