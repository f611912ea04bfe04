import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import type { PredictionFacts, RequestEnd } from '../../src/telemetry/log/request-line.ts';
import { exposition } from '../../src/telemetry/metrics/exposition.ts';
import { until } from '../support/http-client.ts';
import { recordTelemetry } from '../support/telemetry.ts';

const MODEL = { model: 'tiny', version: '1' };
const END: RequestEnd = {
  requestId: 'r1',
  method: 'POST',
  route: '/v1/predict',
  quiet: false,
  ms: 12.34567,
  traceId: undefined,
};
const FACTS: PredictionFacts = {
  ...MODEL,
  succeeded: 2,
  failed: 1,
  stages: { read: 0.4, queue: 0.1, decode: 1.2, infer: 8.41234, post: 0.1 },
  best: [
    { label: 'tiger cat', probability: 0.38661 },
    { label: 'espresso', probability: 0.9 },
  ],
};

t.test('a prediction is one line with the fields of the requirement', async (t) => {
  const { events, lines } = recordTelemetry();
  events.requestAnswered(END, 200, 100, FACTS);
  t.equal(lines.length, 1);
  t.match(lines[0], {
    level: 'INFO',
    message: 'request answered',
    request_id: 'r1',
    status: 200,
    route: '/v1/predict',
    model: 'tiny',
    version: '1',
    images: 3,
    inference_time_ms: 8.412,
    class: 'tiger cat',
    probability: 0.387,
    duration_ms: 12.346,
  });
});

t.test('and counts what it says: images, duration, stages, classes, confidence, bytes', async (t) => {
  const { events, value } = recordTelemetry();
  events.requestAnswered(END, 200, 100, FACTS);
  const expected: readonly (readonly [string, number])[] = [
    ['predictions_total{model="tiny",version="1",status="success"}', 2],
    ['predictions_total{model="tiny",version="1",status="error"}', 1],
    ['prediction_duration_seconds_count{model="tiny",version="1"}', 1],
    ['prediction_duration_seconds_sum{model="tiny",version="1"}', 0.01234567],
    ['ortolan_stage_duration_seconds_sum{stage="decode"}', 0.0012],
    ['ortolan_predicted_classes_total{model="tiny",version="1",class="espresso"}', 1],
    ['ortolan_prediction_confidence_ratio_count{model="tiny",version="1"}', 2],
    ['http_requests_total{method="POST",route="/v1/predict",code="200"}', 1],
    ['ortolan_requests_finished_total{outcome="answered"}', 1],
    ['ortolan_http_sent_bytes_total', 100],
  ];
  for (const [series, number] of expected) t.equal(await value(series), number, series);
});

t.test('a failed request is one line and one error, by its code', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.requestFailed(END, new ServingError('QUEUE_FULL', 'The queue is full.'), 50, MODEL);
  t.match(lines, [
    { message: 'request failed', level: 'WARNING', status: 503, code: 'QUEUE_FULL', reason: /full/ },
  ]);
  t.equal(await value('ortolan_errors_total{code="QUEUE_FULL"}'), 1);
  t.equal(await value('predictions_total{model="tiny",version="1",status="error"}'), 1);
  t.equal(await value('http_requests_total{method="POST",route="/v1/predict",code="503"}'), 1);
  t.equal(await value('ortolan_requests_finished_total{outcome="failed"}'), 1);
});

t.test('the fault of a client is told at INFO, a fault of the server at ERROR with its cause', async (t) => {
  const { events, lines } = recordTelemetry();
  events.requestFailed(END, new ServingError('BAD_JSON', 'No JSON.'), 0, undefined);
  events.requestFailed(
    END,
    new ServingError('INTERNAL', 'A fault.', { cause: new Error('null') }),
    0,
    undefined,
  );
  t.match(lines, [{ level: 'INFO' }, { level: 'ERROR', error: { message: 'null', stack: /Error/ } }]);
});

t.test('a client that left is one line and its own outcome', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.requestAbandoned(END);
  t.match(lines, [{ message: 'client gone', level: 'INFO', status: 499 }]);
  t.equal(await value('ortolan_requests_finished_total{outcome="abandoned"}'), 1);
});

t.test('probes are logged at DEBUG, whatever the sample', async (t) => {
  const { events, lines } = recordTelemetry('DEBUG', 0);
  events.requestAnswered({ ...END, quiet: true, route: '/health' }, 200, 10, undefined);
  t.match(lines, [{ level: 'DEBUG', route: '/health' }]);
});

t.test('a sample of 0 logs no success, but every failure, and counts all', async (t) => {
  const { events, lines, value } = recordTelemetry('DEBUG', 0);
  for (let count = 0; count < 50; count++) events.requestAnswered(END, 200, 1, FACTS);
  for (let count = 0; count < 3; count++) {
    events.requestFailed(END, new ServingError('BAD_JSON', 'No JSON.'), 1, undefined);
  }
  events.requestAbandoned(END);
  t.same(
    lines.map(({ message }) => message),
    ['request failed', 'request failed', 'request failed', 'client gone'],
  );
  t.equal(await value('ortolan_requests_finished_total{outcome="answered"}'), 50);
});

t.test('beyond so many a second, answers are counted in the next line and not written', async (t) => {
  const { events, lines, value } = recordTelemetry('INFO', 1, 1);
  for (let count = 0; count < 10; count++) events.requestAnswered(END, 200, 1, FACTS);
  const first = lines.length;
  await until(() => {
    events.requestAnswered(END, 200, 1, undefined);
    return lines.length > first;
  });
  t.notOk(lines[0]!['suppressed']);
  t.ok(Number(lines.at(-1)!['suppressed']) > 0);
  const told = lines.reduce((sum, line) => sum + 1 + Number(line['suppressed'] ?? 0), 0);
  t.equal(told, await value('ortolan_requests_finished_total{outcome="answered"}'), 'none is lost');
});

t.test('failures are written however many there are, and at DEBUG so is everything', async (t) => {
  const { events, lines } = recordTelemetry('INFO', 1, 0);
  for (let count = 0; count < 50; count++) {
    events.requestAnswered(END, 200, 1, FACTS);
    events.requestFailed(END, new ServingError('BAD_JSON', 'No JSON.'), 1, undefined);
  }
  t.equal(lines.length, 50);
  const all = recordTelemetry('DEBUG', 1, 0);
  for (let count = 0; count < 50; count++) all.events.requestAnswered(END, 200, 1, FACTS);
  t.equal(all.lines.length, 50);
});

t.test('a request of a sampled trace names it in its line, and is an exemplar of its duration', async (t) => {
  const { events, lines, metrics } = recordTelemetry();
  const traced = { ...END, traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
  events.requestAnswered(traced, 200, 1, FACTS);
  events.requestFailed(traced, new ServingError('BAD_JSON', 'No JSON.'), 1, undefined);
  events.requestAbandoned(traced);
  for (const line of lines) t.match(line, { trace_id: traced.traceId, span_id: traced.spanId });
  events.requestAnswered(END, 200, 1, FACTS);
  t.notOk('trace_id' in lines.at(-1)!);
  const { body } = await exposition(metrics, 'application/openmetrics-text');
  t.match(body, /^prediction_duration_seconds_bucket\{le="0.025".*\} 2 # \{trace_id="4bf9/m);
  t.match(body, /^ortolan_stage_duration_seconds_bucket\{le="0.01",stage="infer"\} 2 # \{trace_id="4bf9/m);
});

t.test('words of a client are cut short and cannot act on a terminal', async (t) => {
  const { events, lines } = recordTelemetry();
  const name = `a\n{"level":"CRITICAL"}\u001b[2J\u009b2J\u202etxt.exe\u2028\ud800${'x'.repeat(5000)}`;
  events.requestFailed(END, new ServingError('MODEL_NOT_FOUND', `There is no model ${name}.`), 1, undefined);
  const reason = String(lines[0]!['reason']);
  t.equal(lines.length, 1);
  t.ok(
    reason.startsWith(
      'There is no model a\\u{a}{"level":"CRITICAL"}\\u{1b}[2J\\u{9b}2J\\u{202e}txt.exe\\u{2028}\\u{d800}xxx',
    ),
  );
  t.ok(reason.length < 400);
});

t.test('a class beyond the first 50 of a model counts as other; another model has its own 50', async (t) => {
  const { events, metrics } = recordTelemetry('CRITICAL');
  const answer = (model: string, label: string): void =>
    events.requestAnswered(END, 200, 1, { ...FACTS, model, best: [{ label, probability: 0.5 }] });
  for (let index = 0; index < 60; index++) answer('tiny', `class ${index}`);
  answer('tiny', 'class 7');
  answer('second', 'class 55');
  const { values } = await metrics.predictedClasses.get();
  const of = (model: string, label: string): number | undefined =>
    values.find(({ labels }) => labels['model'] === model && labels['class'] === label)?.value;
  t.equal(values.filter(({ labels }) => labels['model'] === 'tiny').length, 51);
  t.equal(of('tiny', 'other'), 10);
  t.equal(of('tiny', 'class 7'), 2);
  t.equal(of('second', 'class 55'), 1);
});

t.test(
  'a model that becomes ready says on what it runs, and warns when that is not what was asked',
  async (t) => {
    const { events, lines, value } = recordTelemetry();
    events.modelLoading(MODEL);
    t.equal(await value('ortolan_model_ready{model="tiny",version="1"}'), 0);
    events.modelReady(MODEL, 'cpu', 1500, 'no CUDA driver');
    t.equal(await value('ortolan_model_ready{model="tiny",version="1"}'), 1);
    t.equal(await value('ortolan_model_info{model="tiny",version="1",provider="cpu"}'), 1);
    t.equal(await value('ortolan_model_load_seconds{model="tiny",version="1"}'), 1.5);
    t.match(lines, [
      { level: 'DEBUG' },
      { level: 'INFO', provider: 'cpu', load_ms: 1500 },
      { level: 'WARNING', reason: 'no CUDA driver' },
    ]);
  },
);

t.test('a model that cannot be loaded is not ready, with the reason in the log', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.modelUnavailable(MODEL, 'the file has no input "image"');
  t.equal(await value('ortolan_model_ready{model="tiny",version="1"}'), 0);
  t.match(lines, [{ level: 'ERROR', reason: /no input/ }]);
});

t.test('deaths, restarts and a wedged worker are told and counted', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.workerDied(1, 2, 200);
  events.workerDiedOf(1, new Error('out of memory'));
  events.workerRestarted(1);
  events.workerRestartFailed(0, new Error('no file'));
  events.workerWedged(0);
  t.match(lines, [
    { level: 'ERROR', worker: 1, deaths_in_window: 2, restart_in_ms: 200 },
    { level: 'ERROR', worker: 1, error: { message: 'out of memory' } },
    { level: 'INFO', worker: 1 },
    { level: 'ERROR', worker: 0, error: { message: 'no file' } },
    { level: 'CRITICAL', worker: 0 },
  ]);
  t.equal(await value('ortolan_worker_deaths_total'), 1);
  t.equal(await value('ortolan_worker_restarts_total'), 1);
});

t.test('a batch that failed as a whole is logged with what the clients are not told', async (t) => {
  const { events, lines } = recordTelemetry();
  events.batchFailed(MODEL, { code: 'INTERNAL', detail: 'Error: out of memory at infer.ts' });
  t.match(lines, [
    { level: 'ERROR', ...MODEL, code: 'INTERNAL', reason: 'Error: out of memory at infer.ts' },
  ]);
});

t.test('batches and rows are counted and never logged: they are too many', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.batchDispatched(MODEL, 4, 'full', 'wide');
  events.batchDone(MODEL, 20);
  events.rowsDropped(MODEL, 3, 'queue', 'expired');
  events.requestRefused(MODEL, 'headers', 'OVERLOADED');
  events.workOffered('refused', 15);
  events.rowsWasted(MODEL, 2);
  events.bodyReceived(1000);
  events.requestAccepted();
  t.same(lines, []);
  const expected: readonly (readonly [string, number])[] = [
    ['ortolan_batches_total{model="tiny",version="1",reason="full",width="wide"}', 1],
    ['ortolan_batch_rows_sum{model="tiny",version="1"}', 4],
    ['ortolan_batch_duration_seconds_sum{model="tiny",version="1"}', 0.02],
    ['ortolan_worker_busy_seconds_total', 0.02],
    ['ortolan_offered_work_seconds_total{outcome="refused"}', 0.015],
    ['ortolan_dropped_rows_total{model="tiny",version="1",stage="queue",reason="expired"}', 3],
    ['ortolan_refused_requests_total{model="tiny",version="1",stage="headers",code="OVERLOADED"}', 1],
    ['ortolan_wasted_rows_total{model="tiny",version="1"}', 2],
    ['ortolan_http_received_bytes_total', 1000],
    ['ortolan_requests_accepted_total', 1],
  ];
  for (const [series, number] of expected) t.equal(await value(series), number, series);
});

t.test('why a URL was not fetched is for the log, with the request that asked for it', async (t) => {
  const { events, lines } = recordTelemetry();
  const error = new ServingError('URL_REFUSED', 'Refused.', { cause: new Error('10.0.0.1 is private') });
  events.urlRefused('r7', error);
  t.match(lines, [
    { level: 'WARNING', request_id: 'r7', code: 'URL_REFUSED', reason: '10.0.0.1 is private' },
  ]);
});

t.test('a clean stop is INFO; one that lost work is an error', async (t) => {
  const { events, lines } = recordTelemetry();
  events.stopRequested('SIGTERM', 25_000);
  events.serverStopped(true);
  events.serverStopped(false);
  t.match(lines, [{ level: 'INFO', reason: 'SIGTERM' }, { level: 'INFO' }, { level: 'ERROR' }]);
});

t.test('the last minute has the predictions, answered and failed, and nothing else', async (t) => {
  const { events } = recordTelemetry();
  events.requestAnswered(END, 200, 100, FACTS);
  events.requestAnswered({ ...END, route: '/health', quiet: true }, 200, 100, undefined);
  events.requestFailed(END, new ServingError('QUEUE_FULL', 'The queue is full.'), 50, MODEL);
  events.requestFailed(END, new ServingError('ROUTE_NOT_FOUND', 'Nothing here.'), 50, undefined);
  const { answered, failed, p50Ms } = events.minute.facts;
  t.equal(
    answered.reduce((sum, count) => sum + count),
    1,
  );
  t.equal(failed, 1);
  t.ok(Math.abs(p50Ms! / END.ms - 1) < 0.026);
});
