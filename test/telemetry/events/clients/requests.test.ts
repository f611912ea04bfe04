import t from 'tap';
import { ServingError } from '../../../../src/errors.ts';
import { exposition } from '../../../../src/telemetry/metrics/exposition.ts';
import { until } from '../../../support/http-client.ts';
import { recordTelemetry } from '../../../support/telemetry.ts';
import { END, FACTS, MODEL } from '../fixtures/prediction.ts';

t.test('a prediction is one line with the fields of the requirement', async (t) => {
  const { events, lines } = recordTelemetry();
  events.requests.answered(END, 200, 100, FACTS);
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

t.test('a request is counted with its route, status, outcome and bytes', async (t) => {
  const { events, value } = recordTelemetry();
  events.requests.accepted();
  events.requests.bodyReceived(1000);
  events.requests.answered(END, 200, 100, FACTS);
  t.equal(await value('ortolan_requests_accepted_total'), 1);
  t.equal(await value('ortolan_http_received_bytes_total'), 1000);
  t.equal(await value('http_requests_total{method="POST",route="/v1/predict",code="200"}'), 1);
  t.equal(await value('ortolan_requests_finished_total{outcome="answered"}'), 1);
  t.equal(await value('ortolan_http_sent_bytes_total'), 100);
});

t.test('a failed request writes one line, and counts one error by code', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.requests.failed(END, new ServingError('QUEUE_FULL', 'The queue is full.'), 50, MODEL);
  t.match(lines, [
    { message: 'request failed', level: 'WARNING', status: 503, code: 'QUEUE_FULL', reason: /full/ },
  ]);
  t.equal(await value('ortolan_errors_total{code="QUEUE_FULL"}'), 1);
  t.equal(await value('predictions_total{model="tiny",version="1",status="error"}'), 1);
  t.equal(await value('http_requests_total{method="POST",route="/v1/predict",code="503"}'), 1);
  t.equal(await value('ortolan_requests_finished_total{outcome="failed"}'), 1);
});

t.test('what was underneath a failure of the server is in its line, without its stack', (t) => {
  const { events, lines } = recordTelemetry();
  const cause = new Error('ENOSPC: no space left on device, write');
  events.requests.failed(END, new ServingError('ROUNDS_UNAVAILABLE', 'Not now.', { cause }), 0, undefined);
  events.requests.failed(END, new ServingError('BAD_JSON', 'No JSON.', { cause }), 0, undefined);
  t.match(lines[0], {
    level: 'WARNING',
    reason: 'Not now.',
    cause: /^ENOSPC: no space left on device, write$/,
  });
  t.equal(lines[1]!['cause'], undefined, 'not of what a client got wrong');
  t.end();
});

t.test('a client error is logged at INFO, a server error at ERROR with its cause', async (t) => {
  const { events, lines } = recordTelemetry();
  events.requests.failed(END, new ServingError('BAD_JSON', 'No JSON.'), 0, undefined);
  events.requests.failed(
    END,
    new ServingError('INTERNAL', 'A fault.', { cause: new Error('null') }),
    0,
    undefined,
  );
  t.match(lines, [{ level: 'INFO' }, { level: 'ERROR', error: { message: 'null', stack: /Error/ } }]);
});

t.test('a client that disconnects writes one line, and counts as its own outcome', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.requests.abandoned(END);
  t.match(lines, [{ message: 'client gone', level: 'INFO', status: 499 }]);
  t.equal(await value('ortolan_requests_finished_total{outcome="abandoned"}'), 1);
});

t.test('probes are logged at DEBUG, whatever the sample', async (t) => {
  const { events, lines } = recordTelemetry('DEBUG', 0);
  events.requests.answered({ ...END, quiet: true, route: '/health' }, 200, 10, undefined);
  t.match(lines, [{ level: 'DEBUG', route: '/health' }]);
});

t.test('with a sample of 0 successes are not logged, failures are, and all are counted', async (t) => {
  const { events, lines, value } = recordTelemetry('DEBUG', 0);
  for (let count = 0; count < 50; count++) events.requests.answered(END, 200, 1, FACTS);
  for (let count = 0; count < 3; count++) {
    events.requests.failed(END, new ServingError('BAD_JSON', 'No JSON.'), 1, undefined);
  }
  events.requests.abandoned(END);
  t.same(
    lines.map(({ message }) => message),
    ['request failed', 'request failed', 'request failed', 'client gone'],
  );
  t.equal(await value('ortolan_requests_finished_total{outcome="answered"}'), 50);
});

t.test('answers beyond the limit per second are counted in the next line instead of written', async (t) => {
  const { events, lines, value } = recordTelemetry('INFO', 1, 1);
  for (let count = 0; count < 10; count++) events.requests.answered(END, 200, 1, FACTS);
  const first = lines.length;
  await until(() => {
    events.requests.answered(END, 200, 1, undefined);
    return lines.length > first;
  });
  t.notOk(lines[0]!['suppressed']);
  t.ok(Number(lines.at(-1)!['suppressed']) > 0);
  const logged = lines.reduce((sum, line) => sum + 1 + Number(line['suppressed'] ?? 0), 0);
  t.equal(logged, await value('ortolan_requests_finished_total{outcome="answered"}'), 'none is lost');
});

t.test('failures are always written, and at DEBUG all requests are', async (t) => {
  const { events, lines } = recordTelemetry('INFO', 1, 0);
  for (let count = 0; count < 50; count++) {
    events.requests.answered(END, 200, 1, FACTS);
    events.requests.failed(END, new ServingError('BAD_JSON', 'No JSON.'), 1, undefined);
  }
  t.equal(lines.length, 50);
  const all = recordTelemetry('DEBUG', 1, 0);
  for (let count = 0; count < 50; count++) all.events.requests.answered(END, 200, 1, FACTS);
  t.equal(all.lines.length, 50);
});

t.test('a sampled request has its trace id in the log line and in an exemplar', async (t) => {
  const { events, lines, metrics } = recordTelemetry();
  const traced = { ...END, traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
  events.requests.answered(traced, 200, 1, FACTS);
  events.requests.failed(traced, new ServingError('BAD_JSON', 'No JSON.'), 1, undefined);
  events.requests.abandoned(traced);
  for (const line of lines) t.match(line, { trace_id: traced.traceId, span_id: traced.spanId });
  events.requests.answered(END, 200, 1, FACTS);
  t.notOk('trace_id' in lines.at(-1)!);
  const { body } = await exposition(metrics, 'application/openmetrics-text');
  t.match(body, /^prediction_duration_seconds_bucket\{le="0.025".*\} 2 # \{trace_id="4bf9/m);
  t.match(body, /^ortolan_stage_duration_seconds_bucket\{le="0.01",stage="infer"\} 2 # \{trace_id="4bf9/m);
});

t.test('client text is truncated, and its control characters are escaped', async (t) => {
  const { events, lines } = recordTelemetry();
  const name = `a\n{"level":"CRITICAL"}\u001b[2J\u009b2J\u202etxt.exe\u2028\ud800${'x'.repeat(5000)}`;
  events.requests.failed(
    END,
    new ServingError('MODEL_NOT_FOUND', `There is no model ${name}.`),
    1,
    undefined,
  );
  const reason = String(lines[0]!['reason']);
  t.equal(lines.length, 1);
  t.ok(
    reason.startsWith(
      'There is no model a\\u{a}{"level":"CRITICAL"}\\u{1b}[2J\\u{9b}2J\\u{202e}txt.exe\\u{2028}\\u{d800}xxx',
    ),
  );
  t.ok(reason.length < 400);
});
