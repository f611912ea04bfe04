import t from 'tap';
import { exposition } from '../../../src/telemetry/metrics/exposition.ts';
import { setGauges } from '../../../src/telemetry/metrics/gauges.ts';
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts';
import { collectSystem } from '../../../src/telemetry/metrics/system.ts';
import { readOpenMetrics, WITH_PROMTOOL } from '../../support/promtool.ts';
import { recordTelemetry, samplesOf } from '../../support/telemetry.ts';

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0,text/plain;q=0.5';

/** A sample of the text format: name, labels in quotes, a number. prom-client writes Nan, and Prometheus reads it. */
const SAMPLE = /^[a-zA-Z_:][\w:]*(\{(\w+="(\\.|[^"\\])*",?)*\})? (-?[\d.]+(e[+-]?\d+)?|[+-]Inf|Nan)$/;
const COMMENT = /^# (HELP|TYPE|UNIT) [a-zA-Z_:][\w:]* .+$/;

function filled() {
  const metrics = createMetrics();
  metrics.predictions.inc({ model: 'a "quoted" \\ name', version: '1', status: 'success' });
  metrics.predictionDuration.of({ model: 'tiny', version: '1' }).observe(0.02);
  metrics.httpRequests.inc({ method: 'GET', route: '/health', code: 200 });
  return metrics;
}

t.test('every line is valid Prometheus text', async (t) => {
  const { contentType, body } = await exposition(filled(), '*/*');
  t.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
  const wrong = body.split('\n').filter((line) => line !== '' && !SAMPLE.test(line) && !COMMENT.test(line));
  t.same(wrong, []);
  t.ok(body.endsWith('\n'));
  t.notMatch(body, /# EOF/);
});

t.test('has the required metric names', async (t) => {
  const samples = samplesOf((await exposition(filled(), '')).body);
  t.equal(samples.get('predictions_total{model="a \\"quoted\\" \\\\ name",version="1",status="success"}'), 1);
  t.equal(samples.get('prediction_duration_seconds_bucket{le="0.025",model="tiny",version="1"}'), 1);
  t.equal(samples.get('http_requests_total{method="GET",route="/health",code="200"}'), 1);
});

t.test('all other metrics of the server have its prefix, and all have help and their unit', async (t) => {
  for (const { name, help, type } of await createMetrics().registry.getMetricsAsJSON()) {
    const brief = ['predictions_total', 'prediction_duration_seconds', 'http_requests_total'].includes(name);
    t.ok(brief || /^(ortolan|process|nodejs)_/.test(name), name);
    t.match(help, /./, name);
    if (!/^(process|nodejs)_/.test(name)) t.equal(name.endsWith('_total'), String(type) === 'counter', name);
  }
});

t.test('on request it is OpenMetrics: the same values, counters by family, and an end marker', async (t) => {
  const metrics = filled();
  const { contentType, body } = await exposition(metrics, OPENMETRICS);
  t.match(contentType, /^application\/openmetrics-text; version=1\.0\.0/);
  t.ok(body.endsWith('\n# EOF\n'));
  t.match(body, /^# TYPE predictions counter$/m);
  const samples = samplesOf(body);
  t.equal(samples.get('http_requests_total{method="GET",route="/health",code="200"}'), 1);
  t.equal(samples.get('prediction_duration_seconds_count{model="tiny",version="1"}'), 1);
});

t.test('a scrape in OpenMetrics does not change the next one', async (t) => {
  const metrics = filled();
  await exposition(metrics, OPENMETRICS);
  t.match((await exposition(metrics, 'text/plain')).contentType, /^text\/plain/);
});

t.test('exemplars are in OpenMetrics only, on the bucket of the traced request', async (t) => {
  const metrics = createMetrics();
  metrics.models
    .of({ model: 'tiny', version: '1' })
    .duration.observe(0.02, '4bf92f3577b34da6a3ce929d0e0e4736');
  t.notMatch((await exposition(metrics, '')).body, /4bf92f35/);
  const { body } = await exposition(metrics, OPENMETRICS);
  t.match(
    body,
    /^prediction_duration_seconds_bucket\{le="0\.025",model="tiny",version="1"\} 1 # \{trace_id="4bf92f3577b34da6a3ce929d0e0e4736"\} 0\.02 \d+(\.\d+)?$/m,
  );
  t.equal(body.match(/trace_id/g)?.length, 1);
});

t.test('the parser of Prometheus accepts the exemplars', WITH_PROMTOOL, async (t) => {
  const metrics = filled();
  metrics.models
    .of({ model: 'tiny', version: '1' })
    .duration.observe(0.02, '4bf92f3577b34da6a3ce929d0e0e4736');
  const { body } = await exposition(metrics, OPENMETRICS);
  const { good, said } = readOpenMetrics(body);
  t.ok(good, said.join('\n'));
  t.notOk(readOpenMetrics(body.replace('# {trace_id', '# {{trace_id')).good, 'the parser reports an error');
});

t.test('gauges with the name of a counter are omitted', async (t) => {
  const { body } = await exposition(createMetrics(), '');
  t.notMatch(body, /^# TYPE \w+_total gauge$/m);
  t.match(body, /^# TYPE nodejs_active_handles gauge$/m, 'their parts are present');
});

t.test('two servers in one process count separately', async (t) => {
  const [one, other] = [recordTelemetry(), recordTelemetry()];
  one.events.requests.accepted();
  t.equal(await one.value('ortolan_requests_accepted_total'), 1);
  t.equal(await other.value('ortolan_requests_accepted_total'), 0);
});

t.test('gauges are the state at the moment of the scrape', async (t) => {
  const { metrics, value } = recordTelemetry();
  const runs = [
    { rows: 1, width: 'narrow', meanMs: 8 },
    { rows: 1, width: 'wide', meanMs: 5 },
  ];
  const models = [
    { model: 'tiny', version: '1', queuedRows: 5, costs: { cap: 4, waitMs: 30, error: 1.5, runs } },
    { model: 'late', version: '2', queuedRows: 0, costs: undefined },
  ];
  setGauges(metrics, {
    inFlightBytes: 10,
    inFlightBytesLimit: 99,
    saturation: 1.25,
    models,
    workers: ['ready', 'dead', 'ready'],
  });
  t.equal(await value('ortolan_in_flight_bytes'), 10);
  t.equal(await value('ortolan_in_flight_bytes_limit'), 99);
  t.equal(await value('ortolan_saturation_ratio'), 1.25);
  t.equal(await value('ortolan_queue_rows{model="tiny",version="1"}'), 5);
  t.equal(await value('ortolan_queue_rows{model="late",version="2"}'), 0);
  t.equal(await value('ortolan_batch_cap_rows{model="tiny",version="1"}'), 4);
  t.equal(await value('ortolan_forecast_wait_seconds{model="tiny",version="1"}'), 0.03);
  t.equal(await value('ortolan_forecast_error_ratio{model="tiny",version="1"}'), 1.5);
  t.equal(await value('ortolan_run_cost_seconds{model="tiny",version="1",rows="1",width="narrow"}'), 0.008);
  t.equal(await value('ortolan_run_cost_seconds{model="tiny",version="1",rows="1",width="wide"}'), 0.005);
  t.equal(await value('ortolan_batch_cap_rows{model="late",version="2"}'), undefined, 'not loaded');
  t.equal(await value('ortolan_workers{state="ready"}'), 2);
  setGauges(metrics, {
    inFlightBytes: 0,
    inFlightBytesLimit: 99,
    saturation: 1.25,
    models: [],
    workers: ['ready', 'ready', 'ready'],
  });
  t.equal(await value('ortolan_workers{state="ready"}'), 3);
  t.notOk(await value('ortolan_workers{state="dead"}'), 'no worker is dead any more');
});

t.test('disk and network counters have the values of the system, however often they are read', async (t) => {
  const { metrics, value } = recordTelemetry();
  const counters = { readBytes: 10, writtenBytes: 20, receivedBytes: 30, transmittedBytes: 40 };
  collectSystem(metrics, counters);
  collectSystem(metrics, { ...counters, readBytes: 15 });
  t.equal(await value('ortolan_process_disk_bytes_total{direction="read"}'), 15);
  t.equal(await value('ortolan_process_disk_bytes_total{direction="write"}'), 20);
  t.equal(await value('ortolan_network_bytes_total{direction="receive"}'), 30);
  t.equal(await value('ortolan_network_bytes_total{direction="transmit"}'), 40);
});

t.test('by default they are read from the system', async (t) => {
  const { metrics, value } = recordTelemetry();
  t.doesNotThrow(() => collectSystem(metrics));
  t.ok(((await value('ortolan_network_bytes_total{direction="receive"}')) ?? -1) >= 0);
});
