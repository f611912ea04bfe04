import t from 'tap';
import { ServingError, type ErrorCode } from '../../../src/errors.ts';
import { Events } from '../../../src/telemetry/events/events.ts';
import { exposition } from '../../../src/telemetry/metrics/exposition.ts';
import { createLog } from '../../../src/telemetry/log/log.ts';
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts';
import { samplesOf } from '../../support/telemetry.ts';

const MODEL = { model: 'tiny', version: '1' };
const END = {
  requestId: 'r',
  method: 'POST',
  route: '/v1/predict',
  quiet: false,
  ms: 12,
  traceId: undefined,
};

function served() {
  const metrics = createMetrics('triton');
  const events = new Events(createLog({ level: 'CRITICAL', write: () => undefined }), metrics, {
    logSample: 1,
    logMaxPerSecond: Infinity,
  });
  const stages = { read: 1, queue: 2, decode: 3, infer: 4, post: 0.5 };
  events.batches.dispatched(MODEL, 3, 'idle', 'narrow');
  events.batches.done(MODEL, 3, { decodeMs: 3, inferMs: 4, postMs: 1 });
  for (const [succeeded, cache] of [
    [1, { hit: true, reusedRows: 1 }],
    [3, { hit: false, reusedRows: 0 }],
  ] as const) {
    events.requests.answered(END, 200, 1, { ...MODEL, succeeded, failed: 0, cache, stages, best: [] });
  }
  const fail = (code: ErrorCode): void =>
    events.requests.failed(END, new ServingError(code, 'No.'), 1, MODEL);
  for (const code of ['OVERLOADED', 'QUEUE_FULL', 'WORKER_DIED', 'BAD_JSON'] as const) fail(code);
  return metrics;
}

const EXPECTED: Readonly<Record<string, number>> = {
  'nv_inference_request_success{model="tiny",version="1"}': 2,
  'nv_inference_request_failure{model="tiny",version="1",reason="REJECTED"}': 2,
  'nv_inference_request_failure{model="tiny",version="1",reason="BACKEND"}': 1,
  'nv_inference_request_failure{model="tiny",version="1",reason="OTHER"}': 1,
  'nv_inference_count{model="tiny",version="1"}': 3,
  'nv_cache_num_hits_per_model{model="tiny",version="1"}': 1,
  'nv_cache_num_misses_per_model{model="tiny",version="1"}': 1,
  'nv_cache_hit_duration_per_model{model="tiny",version="1"}': 11_000,
  'nv_inference_exec_count{model="tiny",version="1"}': 1,
  'nv_inference_request_duration_us{model="tiny",version="1"}': 24_000,
  'nv_inference_queue_duration_us{model="tiny",version="1"}': 4000,
  'nv_inference_compute_input_duration_us{model="tiny",version="1"}': 6000,
  'nv_inference_compute_infer_duration_us{model="tiny",version="1"}': 8000,
  'nv_inference_compute_output_duration_us{model="tiny",version="1"}': 1000,
};

t.test('has the names and meanings of Triton, computed from existing metrics', async (t) => {
  const { body } = await exposition(served(), 'text/plain');
  const samples = samplesOf(body);
  for (const [series, value] of Object.entries(EXPECTED)) t.equal(samples.get(series), value, series);
  t.match(body, /^# TYPE nv_inference_count counter$/m);
});

t.test('keeps the names in OpenMetrics, where a counter would have to end in _total', async (t) => {
  const { body } = await exposition(served(), 'application/openmetrics-text');
  const samples = samplesOf(body);
  for (const [series, value] of Object.entries(EXPECTED)) t.equal(samples.get(series), value, series);
  t.match(body, /^# TYPE nv_inference_count unknown$/m);
});

t.test('is absent unless enabled', async (t) => {
  t.notMatch((await exposition(createMetrics(), '')).body, /nv_inference/);
});
